package docker

import (
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/evidencetest"
	"github.com/golive-dev/golive/service"
)

func TestOfService(t *testing.T) {
	tests := map[string]struct {
		files []string
		want  string
	}{
		"none":           {nil, ""},
		"the only one":   {[]string{"build/package/Dockerfile.release"}, "build/package/Dockerfile.release"},
		"by directory":   {[]string{"Dockerfile", "cmd/orders/Dockerfile", "cmd/payments/Dockerfile"}, "cmd/orders/Dockerfile"},
		"by name":        {[]string{"a.Dockerfile", "shop-orders.Dockerfile"}, "shop-orders.Dockerfile"},
		"nearest":        {[]string{"tools/Dockerfile", "Dockerfile"}, "Dockerfile"},
		"not for a use":  {[]string{"Dockerfile.dev", "Dockerfile"}, "Dockerfile"},
		"nobody can say": {[]string{"a/Dockerfile", "b/Dockerfile"}, ""},
		"not half words": {[]string{"preorders/Dockerfile", "b/Dockerfile"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			contents := map[string]string{}
			for _, file := range tt.files {
				contents[file] = "FROM scratch\n"
			}
			records := evidencetest.Collect(t, Collector{}, contents)
			d := OfService(evidence.NewSet(&service.Service{Name: "orders"}, evidence.Build{}, records))
			if d == nil && tt.want != "" || d != nil && d.File != tt.want {
				t.Errorf("picked %+v, want %q", d, tt.want)
			}
		})
	}
}
