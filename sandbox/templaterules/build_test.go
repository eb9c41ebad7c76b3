package templaterules

import "strings"

// config replaces a piece of samconfig.toml.
func config(old, replacement string) func(*Template) {
	return func(t *Template) { t.config = strings.Replace(t.config, old, replacement, 1) }
}

// makefile replaces a piece of the Makefile.
func makefile(old, replacement string) func(*Template) {
	return func(t *Template) { t.makefile = strings.Replace(t.makefile, old, replacement, 1) }
}

func buildMutations() []mutation {
	const fresh, named = "builds are fresh", "environments say their names"
	return []mutation{
		{"a build from the cache", fresh, config("parallel = true", "cached = true")},
		{"a cache in one line", fresh, config("parallel = true", "build = { parameters = { cached=true } }")},
		{"a build in a container", fresh, config("parallel = true", "use_container = true")},
		{"a container by option", fresh, makefile("sam build", "sam build --use-container")},
		{"a cache by option", fresh, makefile("sam build --config-env", "sam build --cached --config-env")},
		{"a build that nobody makes", fresh, makefile("sam build", "true")},
		{"production as the sandbox", named, config("Environment=production", "Environment=sandbox")},
		{"production as dev", named, config("Environment=production", "Environment=dev")},
	}
}
