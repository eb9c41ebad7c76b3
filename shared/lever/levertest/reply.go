package levertest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Error is a refusal as Lever words it (lever/api.md section 2, errors). Code is filled in when it is served.
type Error struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("lever answered %d: %s", e.Status, e.Message) }

func refuse(status int, message string) error { return &Error{Status: status, Message: message} }

func notFound(kind, id string) error {
	return refuse(http.StatusNotFound, fmt.Sprintf("%s %s was not found", kind, id))
}

// errorCodes holds the restify-like code and the plain one for each status.
var errorCodes = map[int][2]string{
	http.StatusBadRequest:          {"BadRequestError", "InvalidArgument"},
	http.StatusUnauthorized:        {"UnauthorizedError", "UnauthorizedError"},
	http.StatusForbidden:           {"ForbiddenError", "Forbidden"},
	http.StatusNotFound:            {"ResourceNotFound", "ResourceNotFound"},
	http.StatusTooManyRequests:     {"TooManyRequestsError", "TooManyRequests"},
	http.StatusInternalServerError: {"InternalServerError", "InternalError"},
	http.StatusServiceUnavailable:  {"ServiceUnavailableError", "ServiceUnavailable"},
}

// reply is a finished HTTP answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func jsonReply(status int, body any) reply {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("levertest: encode reply: %v", err))
	}
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Server": {"lever-data-api"}}
	return reply{status, header, raw}
}

// errorReply serves an error in Lever's shape.
func (l *Lever) errorReply(err error) reply {
	e, ok := err.(*Error)
	if !ok {
		e = &Error{Status: http.StatusInternalServerError, Message: err.Error()}
	}
	codes, known := errorCodes[e.Status]
	if !known {
		codes = errorCodes[http.StatusInternalServerError]
	}
	code := codes[0]
	if l.rules.PlainErrorCodes {
		code = codes[1]
	}
	out := jsonReply(e.Status, Error{Code: code, Message: e.Message})
	if e.Status == http.StatusTooManyRequests && l.rules.RetryAfter {
		out.header.Set("Retry-After", "1")
	}
	return out
}

func (r reply) write(w http.ResponseWriter) {
	for key, values := range r.header {
		w.Header()[key] = values
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // the client may be gone; there is nobody to tell
}
