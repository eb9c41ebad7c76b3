package levertest

import (
	"math/rand/v2"
	"time"
)

// Company is the data of one customer account, ready to be seeded. Everything in it is synthetic.
type Company struct {
	ID            string
	Name          string
	Seed          uint64 // for the ids and tokens the account makes later
	Stages        []Stage
	Reasons       []ArchiveReason
	Users         []User
	Postings      []Posting
	Contacts      []Contact
	Opportunities []Opportunity
	Applications  []Application
	Interviews    []Interview
	Notes         []Note
}

// Seed adds a customer account and returns a handle on it. All webhook toggles are off.
func (l *Lever) Seed(c Company) *Account {
	l.enter()
	defer l.mu.Unlock()
	st := &account{
		id: c.ID, name: c.Name, stages: c.Stages, reasons: c.Reasons, toggles: map[string]bool{},
		rng: rand.New(rand.NewPCG(l.opts.Seed, c.Seed^0xacc0)),
	}
	// What was seeded has always been there, so that a stale read sees it, too.
	past := time.Unix(0, 0)
	for _, v := range c.Users {
		st.users.put(v.ID, past, v)
	}
	for _, v := range c.Postings {
		st.postings.put(v.ID, past, v)
	}
	for _, v := range c.Contacts {
		st.contacts.put(v.ID, past, v)
	}
	for _, v := range c.Opportunities {
		v.URLs = l.links(v.ID)
		st.opps.put(v.ID, past, v)
	}
	for _, v := range c.Applications {
		st.apps.put(v.ID, past, v)
	}
	for _, v := range c.Interviews {
		st.interviews.put(v.ID, past, v)
	}
	for _, v := range c.Notes {
		st.notes.put(v.ID, past, v)
	}
	l.accounts = append(l.accounts, st)
	return &Account{lever: l, st: st}
}

// size says how much of everything a generated company has.
type size struct {
	name                    string
	superAdmins, users      int
	postings                int
	opportunities, active   int
	extraInterviews         int
	confidentialEvery       int // every n-th posting is confidential
	nullEvery               int // every n-th opportunity has null fields
	deactivatedEvery        int
	sharedContactEvery      int
	withoutApplicationEvery int
}

// SeedCompany makes a believable company as of now: 20 postings in all six states, some confidential, 120 users
// in all roles, some deactivated, 1,500 opportunities of which 300 active, and about one interview for each
// active one. Equal seeds and times make equal companies.
func SeedCompany(seed uint64, now time.Time) Company {
	return generate(seed, now, size{
		name: "Northwind Labs", superAdmins: 2, users: 120, postings: 20, opportunities: 1500, active: 300,
		extraInterviews: 24, confidentialEvery: 7, nullEvery: 6, deactivatedEvery: 9, sharedContactEvery: 20,
		withoutApplicationEvery: 5,
	})
}

// SmallCompany makes a company with n active and n/2 archived opportunities, 6 postings, 6 users and one interview
// for each active opportunity, for tests. Every fourth posting is confidential.
func SmallCompany(seed uint64, n int, now time.Time) Company {
	return generate(seed, now, size{
		name: "Small Company", superAdmins: 1, users: 6, postings: 6, opportunities: n + n/2, active: n,
		confidentialEvery: 4, nullEvery: 4, deactivatedEvery: 6, sharedContactEvery: 5, withoutApplicationEvery: 4,
	})
}

// Numbers says how much of everything a company has. Each active opportunity has one interview.
type Numbers struct {
	Opportunities, Active, Postings, Users int
}

// SizedCompany makes a company of the given size, otherwise like SeedCompany's, for measurements.
func SizedCompany(seed uint64, n Numbers, now time.Time) Company {
	return generate(seed, now, size{
		name: "Sized Company", superAdmins: 1, users: n.Users, postings: n.Postings, opportunities: n.Opportunities, active: n.Active,
		confidentialEvery: 7, nullEvery: 6, deactivatedEvery: 9, sharedContactEvery: 20, withoutApplicationEvery: 5,
	})
}
