package strict_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/strict"
)

type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type base struct {
	Attempt string `json:"attempt"`
}

type body struct {
	base
	User  person            `json:"actingUser"`
	Tags  []person          `json:"tags"`
	More  map[string]person `json:"more"`
	Raw   json.RawMessage   `json:"raw"`
	Free  any               `json:"free"`
	Count int               `json:"count"`
	Skip  string            `json:"-"`
	plain string
}

var limits = strict.Limits{Bytes: 300}

func TestDecodeTakesWhatIsDescribed(t *testing.T) {
	t.Parallel()
	var got body
	data := ` {"attempt":"a1","actingUser":{"id":"u","name":"N"},"tags":[{"id":"1"}],"more":{"x":{"id":"2"}},
		"raw":{"Any":1,"thing":[{}]},"free":{"a":{"b":null}},"count":3} `
	if err := strict.Decode([]byte(data), limits, &got); err != nil {
		t.Fatal(err)
	}
	if got.Attempt != "a1" || got.Count != 3 || got.plain != "" {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff(person{"u", "N"}, got.User); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		data string
		kind fault.Kind
	}{
		"nothing":                    {"", fault.Invalid},
		"no JSON":                    {"secret-text", fault.Invalid},
		"half a document":            {`{"attempt":"se`, fault.Invalid},
		"an open object":             {`{"attempt":"secret-text"`, fault.Invalid},
		"null":                       {`null`, fault.Invalid},
		"an array":                   {`[{"attempt":"secret-text"}]`, fault.Invalid},
		"a second document":          {`{"attempt":"a"} {"attempt":"secret-text"}`, fault.Invalid},
		"trailing text":              {`{"attempt":"a"}secret-text`, fault.Invalid},
		"a field twice":              {`{"attempt":"a","attempt":"secret-text"}`, fault.Invalid},
		"a field twice, deep":        {`{"free":[{"a":1,"a":2}]}`, fault.Invalid},
		"a field twice by case":      {`{"free":{"secret":1,"SECRET":2}}`, fault.Invalid},
		"a field in another case":    {`{"Attempt":"secret-text"}`, fault.Invalid},
		"a case only Unicode folds":  {`{"actingu\u017fer":{}}`, fault.Invalid},
		"an unknown field":           {`{"secret-text":1}`, fault.Invalid},
		"an unknown field in a list": {`{"tags":[{"secret-text":1}]}`, fault.Invalid},
		"an unknown field in a map":  {`{"more":{"x":{"secret-text":1}}}`, fault.Invalid},
		"an unlisted Go field":       {`{"plain":"x"}`, fault.Invalid},
		"a hidden field":             {`{"Skip":"x"}`, fault.Invalid},
		"a wrong type":               {`{"count":"secret-text"}`, fault.Invalid},
		"a fraction for an integer":  {`{"count":1.5}`, fault.Invalid},
		"broken UTF-8":               {"{\"attempt\":\"\xff\"}", fault.Invalid},
		"33 levels":                  {`{"free":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, fault.Invalid},
		"a missing comma":            {`{"count":1 "free":2}`, fault.Invalid},
		"a long body":                {`{"attempt":"` + strings.Repeat("x", 300) + `"}`, fault.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := strict.Decode([]byte(row.data), limits, new(body))
			if err == nil || fault.KindOf(err) != row.kind {
				t.Fatalf("Decode = %v, want kind %v", err, row.kind)
			}
			if text := strings.ToLower(err.Error()); strings.Contains(text, "secret") {
				t.Errorf("the error quotes the body: %v", err)
			}
		})
	}
}

func TestDecodeTakes32Levels(t *testing.T) {
	t.Parallel()
	data := `{"free":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`
	if err := strict.Decode([]byte(data), limits, new(body)); err != nil {
		t.Fatal(err)
	}
	if err := strict.Decode([]byte(`{"free":[[]]}`), strict.Limits{Bytes: 99, Depth: 2}, new(body)); err == nil {
		t.Error("three levels passed a bound of two")
	}
}

func TestUnknownFieldsMayPass(t *testing.T) {
	t.Parallel()
	open := strict.Limits{Bytes: 99, Unknown: true}
	var got person
	if err := strict.Decode([]byte(`{"id":"1","other":{"deep":[1]}}`), open, &got); err != nil || got.ID != "1" {
		t.Fatalf("got %+v, %v", got, err)
	}
	for _, data := range []string{`{"ID":"1"}`, `{"other":1,"other":2}`, `{"id":"1","other":{"x":1,"x":2}}`} {
		if err := strict.Decode([]byte(data), open, new(person)); err == nil {
			t.Errorf("%s passed", data)
		}
	}
}

func TestNullMayBeRefused(t *testing.T) {
	t.Parallel()
	none := strict.Limits{Bytes: 99, NoNull: true}
	for _, data := range []string{`{"attempt":null}`, `{"tags":[null]}`, `{"actingUser":{"id":null}}`, `{"more":null}`} {
		if err := strict.Decode([]byte(data), none, new(body)); err == nil {
			t.Errorf("%s passed", data)
		}
		if err := strict.Decode([]byte(data), limits, new(body)); err != nil {
			t.Errorf("%s: %v", data, err)
		}
	}
	if err := strict.Decode([]byte(`{"free":null,"raw":null}`), none, new(body)); err != nil {
		t.Errorf("null where anything may stand: %v", err)
	}
}

// What Decode takes must mean the same to encoding/json in its own strict mode, and never panic.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"id":"x","name":null}`, `{"id":"x","id":"y"}`, `[[[[]]]]`, `{"id":1}`, "\x00", `{"id":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, want person
		if strict.Decode(data, strict.Limits{Bytes: 1 << 16}, &got) != nil {
			return
		}
		if err := json.Unmarshal(data, &want); err != nil || got != want {
			t.Fatalf("took %q as %+v; encoding/json: %+v, %v", data, got, want, err)
		}
		var loose map[string]any
		if err := json.Unmarshal(data, &loose); err != nil {
			t.Fatal(err)
		}
		for name := range loose {
			if name != "id" && name != "name" {
				t.Fatalf("%q let %q pass", data, name)
			}
		}
	})
}
