package canary_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/canary"
)

func TestAPlantedValueIsFoundInEachForm(t *testing.T) {
	t.Parallel()
	const value = `Zoë O'Canary <zoë+7@canary.example>`
	net, err := canary.New([]canary.Canary{{Name: "Zoë", Value: value}, {Name: "token", Value: "v1.0123456789abcdef"}})
	if err != nil {
		t.Fatal(err)
	}
	plain, _ := json.Marshal(value)
	for name, text := range map[string]string{
		"plain":            value,
		"upper case":       strings.ToUpper(value),
		"JSON":             string(plain),
		"JSON in ASCII":    `"Zo\u00EB O'Canary <zo\u00eb+7@canary.example>"`,
		"query":            url.QueryEscape(value),
		"path":             url.PathEscape(value),
		"HTML":             html.EscapeString(value),
		"hexadecimal":      hex.EncodeToString([]byte(value)),
		"base64":           base64.StdEncoding.EncodeToString([]byte(value)),
		"base64 for URLs":  base64.RawURLEncoding.EncodeToString([]byte(value)),
		"base64, offset 1": base64.StdEncoding.EncodeToString([]byte("x" + value + "tail")),
		"base64, offset 2": base64.StdEncoding.EncodeToString([]byte("xy" + value + "t")),
		"base64 of JSON":   base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(`{"a":%d,"n":"v1.0123456789abcdef"}`, 1))),
	} {
		if leaks := net.Search("a log", []byte("before "+text+" after")); len(leaks) == 0 {
			t.Errorf("%s: not found", name)
		} else if s := leaks[0].String(); strings.Contains(s, "canary.example") || !strings.Contains(s, "a log") {
			t.Errorf("%s: the leak reads %q", name, s)
		}
	}
	for name, text := range map[string]string{"nothing": "", "a part": value[:len(value)-6], "another": "v1.fedcba9876543210"} {
		if leaks := net.Search("a log", []byte(text)); len(leaks) > 0 {
			t.Errorf("%s: found %v", name, leaks)
		}
	}
}

func TestACommonValueIsNoCanary(t *testing.T) {
	t.Parallel()
	if _, err := canary.New([]canary.Canary{{Name: "x", Value: "short"}}); err == nil {
		t.Error("taken")
	}
}
