package owners

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/evidencetest"
)

const catalog = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: orders
spec:
  type: service
  owner: group:default/commerce
---
kind: API
metadata: {name: orders-api}
spec: {owner: platform}
`

func TestCollector(t *testing.T) {
	evidencetest.Run(t, Collector{}, map[string]string{
		"catalog-info.yaml":         catalog,
		"services/catalog-info.yml": catalog,
		"CODEOWNERS":                "# all of it\n* @shop/commerce\n",
	})
}

func collected(t *testing.T, contents map[string]string) *evidence.Set {
	t.Helper()
	return evidence.NewSet(nil, evidence.Build{}, evidencetest.Collect(t, Collector{}, contents))
}

func TestComponents(t *testing.T) {
	all := evidence.All[Component](collected(t, map[string]string{"catalog-info.yaml": catalog}), ComponentKind)
	want := []evidence.Item[Component]{{
		Source: evidence.Source{File: "catalog-info.yaml", Line: 7},
		Data:   Component{Name: "orders", Owner: "group:default/commerce"},
	}}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
}

func TestLastMatchingRuleDecides(t *testing.T) {
	all := evidence.All[Code](collected(t, map[string]string{
		".github/CODEOWNERS": "*            @shop/everyone\n/golive.yaml @shop/commerce ann@shop.test # both\n\n/unused/     @shop/nobody\n",
		"CODEOWNERS":         "* @shop/ignored\n",
		"golive.yaml":        "service: orders\n",
		"main.go":            "package main\n",
	}), CodeKind)
	want := []evidence.Item[Code]{
		{Source: evidence.Source{File: ".github/CODEOWNERS", Line: 1},
			Data: Code{Pattern: "*", Owners: []string{"@shop/everyone"}, Example: ".github/CODEOWNERS", Most: true}},
		{Source: evidence.Source{File: ".github/CODEOWNERS", Line: 2},
			Data: Code{Pattern: "/golive.yaml", Owners: []string{"@shop/commerce", "ann@shop.test"}, Example: "golive.yaml", Spec: true}},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, yes, no string
	}{
		{"*", "a a/b .github/x", ""},
		{"*.go", "main.go a/b.go", "main.gox go"},
		{"/docs/", "docs/a docs/a/b", "x/docs/a docs"},
		{"docs/", "docs/a x/docs/a", "docs"},
		{"docs/*", "docs/a", "docs/a/b x/docs/a"},
		{"/apps/orders", "apps/orders apps/orders/a", "x/apps/orders apps/orders2"},
		{"apps/**/test", "apps/test apps/a/test apps/a/b/test/c", "apps/tests"},
		{"**/logs", "logs a/logs a/b/logs/c", "log"},
		{"a?c", "abc x/abc", "ac abbc a/c"},
		{`sp\ ace`, "sp ace", "space"},
		{"a.b", "a.b", "axb"},
	} {
		match, err := compile(c.pattern)
		if err != nil {
			t.Fatalf("%s: %v", c.pattern, err)
		}
		paths := func(list string) []string {
			if strings.Contains(c.pattern, `\ `) {
				return []string{list}
			}
			return strings.Fields(list)
		}
		for _, path := range paths(c.yes) {
			if !match.MatchString(path) {
				t.Errorf("%s does not match %s", c.pattern, path)
			}
		}
		for _, path := range paths(c.no) {
			if path != "" && match.MatchString(path) {
				t.Errorf("%s matches %s", c.pattern, path)
			}
		}
	}
}

func TestSectionsOfGitLabAreNoRules(t *testing.T) {
	rules, problems := parseCodeowners("CODEOWNERS", "[Backend] @shop/x\n^[Docs][2]\n*.md @shop/docs\n")
	if len(rules) != 1 || rules[0].line != 3 || len(problems) != 0 {
		t.Errorf("%+v, %+v", rules, problems)
	}
}

func TestTeam(t *testing.T) {
	for reference, want := range map[string]string{
		"commerce": "commerce", "@shop/Commerce": "commerce", "group:default/commerce": "commerce", "group:commerce": "commerce",
		" Team Commerce ": "commerce", "commerce-team": "commerce", "web_shop": "web-shop", "team": "team", "@ann": "ann", "": "",
	} {
		if got := Team(reference); got != want {
			t.Errorf("Team(%q) = %q, want %q", reference, got, want)
		}
	}
}

func FuzzCodeowners(f *testing.F) {
	f.Add("* @a\n/x/**/y*? @b # c\n")
	f.Add("\\\n**\n//\n")
	f.Fuzz(func(t *testing.T, text string) {
		rules, _ := parseCodeowners("CODEOWNERS", text)
		for _, r := range rules {
			r.match.MatchString("a/b/c")
		}
	})
}
