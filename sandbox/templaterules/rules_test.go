package templaterules

import (
	"path/filepath"
	"sync"
	"testing"
)

// loadOnce expands the template once for all tests; nobody changes it, only clones of it.
var loadOnce = sync.OnceValues(func() (*Template, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return nil, err
	}
	return Load(root)
})

func load(t *testing.T) *Template {
	t.Helper()
	template, err := loadOnce()
	if err != nil {
		t.Fatal(err)
	}
	return template
}

func TestTheTemplateKeepsEveryRule(t *testing.T) {
	t.Parallel()
	template := load(t)
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			for _, fault := range rule.Check(template) {
				t.Error(fault)
			}
		})
	}
}
