package templaterules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// environmentsMatch: a function gets exactly the variables that it says it needs. What it needs it names in its main.go,
// as fields of config.Settings; the variable of each field stands in that field's tag.
func environmentsMatch(t *Template) (faults []string) {
	tags, err := settingTags(filepath.Join(t.root, "shared", "config"))
	if err != nil {
		return []string{err.Error()}
	}
	for _, id := range t.resources("AWS::Lambda::Function") {
		folder := t.folderOf(id)
		needed, err := neededVariables(filepath.Join(t.root, "functions", folder), tags)
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v", folder, err))
			continue
		}
		given := dig(t.properties(id), "Environment", "Variables")
		for _, name := range needed {
			if _, ok := given[name]; !ok {
				faults = append(faults, fmt.Sprintf("%s needs %s, which the template does not give", folder, name))
			}
		}
		for name := range given {
			if !slices.Contains(needed, name) {
				faults = append(faults, fmt.Sprintf("%s is given %s, which it does not need", folder, name))
			}
		}
	}
	return faults
}

// settingTags maps each field of config.Settings to its variable.
func settingTags(folder string) (map[string]string, error) {
	tags := map[string]string{}
	err := eachNode(folder, func(node ast.Node) {
		declared, ok := node.(*ast.TypeSpec)
		if !ok || declared.Name.Name != "Settings" {
			return
		}
		fields, ok := declared.Type.(*ast.StructType)
		if !ok {
			return
		}
		for _, field := range fields.Fields.List {
			if field.Tag == nil || len(field.Names) != 1 {
				continue
			}
			name, _, _ := strings.Cut(reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("env"), ",")
			tags[field.Names[0].Name] = name
		}
	})
	return tags, err
}

// neededVariables are the variables of the fields that a function takes from its *config.Settings, and ENVIRONMENT, which
// all need.
func neededVariables(folder string, tags map[string]string) ([]string, error) {
	needed := []string{"ENVIRONMENT"}
	err := eachNode(folder, func(node ast.Node) {
		function, ok := node.(*ast.FuncLit)
		if !ok {
			return
		}
		settings := settingsParameter(function.Type)
		ast.Inspect(function.Body, func(node ast.Node) bool {
			field, ok := node.(*ast.SelectorExpr)
			if !ok || settings == "" {
				return true
			}
			if from, ok := field.X.(*ast.Ident); ok && from.Name == settings && !slices.Contains(needed, tags[field.Sel.Name]) {
				needed = append(needed, tags[field.Sel.Name])
			}
			return true
		})
	})
	return needed, err
}

// settingsParameter is the name of the parameter of type *config.Settings, "" when there is none.
func settingsParameter(signature *ast.FuncType) string {
	for _, parameter := range signature.Params.List {
		pointer, ok := parameter.Type.(*ast.StarExpr)
		if !ok {
			continue
		}
		kind, ok := pointer.X.(*ast.SelectorExpr)
		if !ok || kind.Sel.Name != "Settings" || len(parameter.Names) != 1 {
			continue
		}
		return parameter.Names[0].Name
	}
	return ""
}

// eachNode visits the syntax of every file of a folder but its tests.
func eachNode(folder string, visit func(ast.Node)) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, entry.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parse %s: %w", entry.Name(), err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			visit(node)
			return true
		})
	}
	return nil
}
