package alerting

import (
	"errors"
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/docs"
)

func TestLinksAreResolved(t *testing.T) {
	var library []evidence.Item[docs.Document]
	for _, file := range []string{"README.md", "docs/runbooks/errors.md", "monitoring/slow.md", "alerts.md"} {
		library = append(library, evidence.Item[docs.Document]{Source: evidence.Source{File: file}})
	}
	for link, want := range map[string]string{
		"docs/runbooks/errors.md":                 "docs/runbooks/errors.md",
		"/docs/runbooks/errors.md#confirm":        "docs/runbooks/errors.md#confirm",
		"./docs/runbooks/errors.md":               "docs/runbooks/errors.md",
		"slow.md":                                 "monitoring/slow.md",
		"../alerts.md#slow":                       "alerts.md#slow",
		"services/orders/docs/runbooks/errors.md": "docs/runbooks/errors.md",
		"https://github.com/shop/orders/blob/main/docs/runbooks/errors.md#a": "docs/runbooks/errors.md#a",
		"https://gitlab.shop.test/shop/orders/-/blob/main/alerts.md":         "alerts.md",
		"https://github.com/shop/mono/blob/main/orders/monitoring/slow.md":   "monitoring/slow.md",
		"https://docs.shop.test/runbooks/errors":                             "",
		"https://docs.shop.test/orders/docs/runbooks/errors":                 "docs/runbooks/errors.md",
		"https://github.com/other/thing/wiki/README.md":                      "",
		"https://runbooks.shop.test/":                                        "",
		"https://runbooks.shop.test/{{ $labels.alertname }}":                 "",
	} {
		d, fragment, err := resolve(link, "monitoring/rules.yaml", library)
		got := d.Source.File
		if fragment != "" {
			got += "#" + fragment
		}
		if got != want || (want == "") != errors.Is(err, errElsewhere) {
			t.Errorf("%s leads to %q (%v), want %q", link, got, err, want)
		}
	}
	for _, link := range []string{"docs/missing.md", "errors.md", "../../alerts.md.md"} {
		if _, _, err := resolve(link, "monitoring/rules.yaml", library); err == nil || errors.Is(err, errElsewhere) {
			t.Errorf("%s: %v, want a dead link", link, err)
		}
	}
}
