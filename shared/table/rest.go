package table

import (
	"reflect"
	"strings"
	"sync"
)

// WriteID is the attribute by which a DB may recognise its own writes. It belongs to the DB: no stored type has it, and
// nobody keeps it.
const WriteID = "wid"

// rest returns what item holds beside the attributes that the struct t has; nil when that is nothing.
func rest(item Item, t reflect.Type) *Item {
	known := attributesOf(t)
	var unknown Item
	for name, value := range item {
		if known[name] || name == WriteID {
			continue
		}
		if unknown == nil {
			unknown = Item{}
		}
		unknown[name] = value
	}
	if unknown == nil {
		return nil
	}
	return &unknown
}

// attributes remembers what attributesOf found, by type; a type never changes.
var attributes sync.Map

// attributesOf lists the attributes of a stored struct. Fields of embedded structs count as its own, as in attributevalue.
func attributesOf(t reflect.Type) map[string]bool {
	if known, ok := attributes.Load(t); ok {
		return known.(map[string]bool)
	}
	known := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("dynamodbav"), ",")
		if name == "-" || !f.IsExported() || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		known[name] = true
	}
	attributes.Store(t, known)
	return known
}
