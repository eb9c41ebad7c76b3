package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// unit is what is taken away: one action of one statement of one role. A statement over several resources loses the
// action for all of them.
type unit struct {
	role      string // as its function's folder is called, such as full-resync
	statement string // its Sid
	action    string
}

// String is the line by which -only chooses.
func (u unit) String() string { return u.role + " " + u.statement + " " + u.action }

// document is a policy as IAM keeps it. What it does not look at it leaves as it is.
type document struct {
	Version   string
	Statement []map[string]any
}

func parse(text string) (document, error) {
	var d document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return d, fmt.Errorf("read policy: %w", err)
	}
	for _, s := range d.Statement {
		if sid, _ := s["Sid"].(string); sid == "" {
			return d, fmt.Errorf("read policy: a statement without Sid")
		}
	}
	return d, nil
}

// actions are those of a statement; a single one may stand without a list.
func actions(statement map[string]any) []string {
	switch given := statement["Action"].(type) {
	case string:
		return []string{given}
	case []any:
		var list []string
		for _, a := range given {
			if text, ok := a.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}

// units lists every action of the policy of a role.
func (d document) units(role string) []unit {
	var list []unit
	for _, s := range d.Statement {
		for _, a := range actions(s) {
			list = append(list, unit{role, s["Sid"].(string), a})
		}
	}
	return list
}

// without is the policy without the given actions. A statement that has none left is left out, since IAM takes no empty one.
func (d document) without(gone ...unit) document {
	left := document{Version: d.Version}
	for _, s := range d.Statement {
		keep := slices.DeleteFunc(actions(s), func(action string) bool {
			return slices.ContainsFunc(gone, func(u unit) bool { return u.statement == s["Sid"] && u.action == action })
		})
		if len(keep) == 0 {
			continue
		}
		changed := map[string]any{}
		for name, value := range s {
			changed[name] = value
		}
		changed["Action"] = keep
		left.Statement = append(left.Statement, changed)
	}
	return left
}

func (d document) text() string {
	raw, err := json.Marshal(d)
	if err != nil {
		panic("roles: what was read as JSON always encodes: " + err.Error())
	}
	return string(raw)
}

// choose narrows the units to those that contain the words, and then to a number of them, spread evenly.
func choose(all []unit, only string, sample int) []unit {
	chosen := slices.DeleteFunc(slices.Clone(all), func(u unit) bool {
		return !strings.Contains(strings.ToLower(u.String()), strings.ToLower(only))
	})
	if sample <= 0 || sample >= len(chosen) {
		return chosen
	}
	var spread []unit
	for i := range sample {
		spread = append(spread, chosen[i*len(chosen)/sample])
	}
	return spread
}
