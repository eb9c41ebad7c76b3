package lever

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
)

// Page is one page of a list.
type Page[T any] struct {
	// Items are the elements in Lever's order, which may move while pages are read: the same
	// element can come twice, or slip through (lever/api.md section 2).
	Items []T
	// Broken are the elements that could not be decoded.
	Broken []Broken
	// Next is the offset of the following page; empty means that this is the last one.
	Next string
	// Served is when Lever answered, by its own clock in whole seconds; zero when it did not say.
	Served time.Time
}

// Broken is an element of a list that could not be decoded.
type Broken struct {
	// ID is the element's id if at least that could be read, else empty.
	ID string
	// Err is a *DecodeError and holds no personal data.
	Err error
}

// Single is one object.
type Single[T any] struct {
	// Item is the object.
	Item T
	// Served is when Lever answered, by its own clock in whole seconds; zero when it did not say.
	Served time.Time
}

// identified is a pointer to a T that tells its id.
type identified[T any] interface {
	*T
	key() string
}

// list gets one page.
func list[T any, P identified[T]](ctx context.Context, c *Client, k *call, offset string) (Page[T], error) {
	if offset != "" {
		// Lever's tokens arrive percent-encoded and are encoded again (lever/api.md section 2).
		k.query.Set("offset", offset)
	}
	got, err := c.do(ctx, k)
	if err != nil {
		return Page[T]{}, err
	}
	page, err := decodePage[T, P](got.body)
	if err != nil {
		return Page[T]{}, garbled(k, err)
	}
	if page.Next != "" && page.Next == offset {
		return Page[T]{}, brokenPage(k)
	}
	if page.stuck {
		return Page[T]{}, brokenPage(k)
	}
	page.Served = got.served
	return page.Page, nil
}

// one gets one object.
func one[T any, P identified[T]](ctx context.Context, c *Client, k *call) (Single[T], error) {
	got, err := c.do(ctx, k)
	if err != nil {
		return Single[T]{}, err
	}
	object, err := unwrap(got.body)
	if err != nil {
		return Single[T]{}, garbled(k, err)
	}
	item, err := decodeItem[T, P](object)
	if err != nil {
		if k.write() {
			return Single[T]{}, garbled(k, err)
		}
		// An object that came whole but is not understood will come the same way again.
		return Single[T]{}, undecodable(k, err, fault.Internal)
	}
	return Single[T]{Item: item, Served: got.served}, nil
}

// decodedPage is a page with what only the caller can judge.
type decodedPage[T any] struct {
	Page[T]
	// stuck says that the list goes on but does not say where.
	stuck bool
}

// decodePage decodes a page. A page without a list in it is an error and never an empty page.
func decodePage[T any, P identified[T]](body []byte) (decodedPage[T], error) {
	var envelope struct {
		Data    *[]json.RawMessage `json:"data"`
		HasNext *bool              `json:"hasNext"`
		Next    *text              `json:"next"`
	}
	if err := decode(body, &envelope); err != nil {
		return decodedPage[T]{}, err
	}
	if envelope.Data == nil {
		return decodedPage[T]{}, &DecodeError{Field: "data", Want: "array", Got: "nothing"}
	}
	var page decodedPage[T]
	for _, element := range *envelope.Data {
		item, err := decodeItem[T, P](element)
		if err != nil {
			page.Broken = append(page.Broken, Broken{ID: lenientID(element), Err: err})
			continue
		}
		page.Items = append(page.Items, item)
	}
	goesOn := envelope.HasNext != nil && *envelope.HasNext
	if envelope.Next != nil && (goesOn || envelope.HasNext == nil) {
		page.Next = string(*envelope.Next)
	}
	page.stuck = goesOn && page.Next == ""
	return page, nil
}

// decodeItem decodes one object, which must have an id.
func decodeItem[T any, P identified[T]](data []byte) (T, error) {
	var item T
	if !isObject(data) {
		return item, &DecodeError{Want: "object", Got: "something else"}
	}
	if err := decode(data, &item); err != nil {
		return item, err
	}
	if P(&item).key() == "" {
		return item, &DecodeError{Field: "id", Want: "string", Got: "nothing"}
	}
	return item, nil
}

// lenientID gives the id of an element that is otherwise not understood, or nothing.
func lenientID(element []byte) string {
	var known struct {
		ID text `json:"id"`
	}
	if decode(element, &known) != nil || !validID(string(known.ID)) {
		return ""
	}
	return string(known.ID)
}

// garbled is the error for an answer that is not an answer of the API at all, such as the page
// of something in between; it passes, so a read may be repeated.
func garbled(k *call, cause error) *Error { return undecodable(k, cause, unsure(k.write())) }

// undecodable is the error for an answer that is not understood.
func undecodable(k *call, cause error, kind fault.Kind) *Error {
	return &Error{Code: "answer-not-understood", Deed: k.deed(), kind: kind, mark: ErrUndecodable, cause: cause}
}

// brokenPage is the error for a list that goes on without saying where, or that goes in a circle.
func brokenPage(k *call) *Error {
	return &Error{Code: "page-without-next", Deed: k.deed(), kind: fault.Unavailable, mark: ErrBrokenPage}
}

// pageSize gives the limit parameter; 0 means PageSize.
func pageSize(limit int) string {
	if limit == 0 {
		limit = PageSize
	}
	return strconv.Itoa(limit)
}
