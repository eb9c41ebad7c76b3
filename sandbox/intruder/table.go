package intruder

import (
	"fmt"
	"strings"
)

// Table is the list of attacks as docs/security.md shows it.
func Table() string {
	var b strings.Builder
	b.WriteString("| Attack | What is sent | The answer | State that must not change | What holds it | Where |\n|---|---|---|---|---|---|\n")
	for _, a := range All() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | `%s` |\n", cell(a.Name), cell(a.Sends), cell(a.Want), cell(a.State()), cell(a.Defence), a.File)
	}
	return b.String()
}

func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;").Replace(text)
}
