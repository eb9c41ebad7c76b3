package main

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"sync"
)

const sessionCookie = "evidenced_session"

// session is a logged-in browser. Flash is shown once on the next page.
type session struct {
	person person
	csrf   string
	flash  *flash
}

// flash is a message for the next page of a session.
type flash struct {
	Good        bool
	Title, Text string
	Code        string
}

// sessions keeps who is logged in, in memory. It is safe for concurrent use.
type sessions struct {
	mu   sync.Mutex
	byID map[string]*session
}

func (s *sessions) start(w http.ResponseWriter, who person) {
	id := rand.Text()
	s.mu.Lock()
	s.byID[id] = &session{person: who, csrf: rand.Text()}
	s.mu.Unlock()
	// Lax, because the browser comes back from Lever and must still be logged in; each form carries its own token.
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		s.mu.Lock()
		delete(s.byID, cookie.Value)
		s.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (s *sessions) of(r *http.Request) *session {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[cookie.Value]
}

func (s *sessions) tell(to *session, message flash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to.flash = &message
}

func (s *sessions) takeFlash(of *session) *flash {
	s.mu.Lock()
	defer s.mu.Unlock()
	message := of.flash
	of.flash = nil
	return message
}

func (s *session) allows(r *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(s.csrf), []byte(r.PostFormValue("csrf"))) == 1
}
