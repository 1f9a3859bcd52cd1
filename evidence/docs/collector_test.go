package docs

import (
	"testing"

	"github.com/golive-dev/golive/evidence/evidencetest"
)

func TestCollector(t *testing.T) {
	evidencetest.Run(t, Collector{}, map[string]string{
		"README.md":               "# Orders\n\nTakes orders. See [the runbooks](docs/runbooks).\n",
		"docs/runbooks/errors.md": runbook,
		"docs/notes.markdown":     "no heading at all\n",
	})
}
