package kube

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/evidencetest"
	"github.com/golive-dev/golive/evidence/files"
)

const deployment = `# apiVersion: v1, kind: Comment
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
  namespace: shop
  labels: {app: orders, "app.kubernetes.io/name": orders}
spec:
  replicas: 3
  template:
    metadata:
      labels: {app: orders}
    spec:
      containers:
        - name: orders
          image: registry.example/orders:1.4.2
          ports:
            - containerPort: 8080
`

func objectsOf(t testing.TB, contents map[string]string) ([]Object, []string) {
	t.Helper()
	var objects []Object
	var problems []string
	for _, r := range evidencetest.Collect(t, Collector{}, contents) {
		switch data := r.Data.(type) {
		case Object:
			objects = append(objects, data)
		case files.Problem:
			problems = append(problems, r.Source.String()+": "+data.Text)
		}
	}
	return objects, problems
}

func TestSuite(t *testing.T) {
	evidencetest.Run(t, Collector{}, map[string]string{
		"deploy/orders.yaml": deployment,
		"deploy/all.json":    `{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "orders"}}]}`,
		"deploy/merge.yml":   "x: &x {a: 1, b: yes}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  <<: *x\n  b: 0x10\n",
	})
}

func TestObjectHasItsLines(t *testing.T) {
	objects, problems := objectsOf(t, map[string]string{"deploy/orders.yaml": "# a comment\n---\n" + deployment})
	if len(objects) != 1 || problems != nil {
		t.Fatalf("objects %v, problems %v", objects, problems)
	}
	o := objects[0]
	if o.Kind != "Deployment" || o.Name != "orders" || o.Namespace != "shop" || o.Group() != "apps" || o.Labels["app.kubernetes.io/name"] != "orders" {
		t.Errorf("read as %+v", o)
	}
	for path, want := range map[string]string{
		"":                                      "deploy/orders.yaml:4",
		"spec.replicas":                         "deploy/orders.yaml:11",
		"spec.template.spec.containers.0.image": "deploy/orders.yaml:18",
		"spec.template.spec.containers.0.ports.0":                  "deploy/orders.yaml:20",
		"spec.template.spec.containers.0.securityContext.runAsUse": "deploy/orders.yaml:17",
		"spec.template.spec.securityContext":                       "deploy/orders.yaml:15",
		"status":                                                   "deploy/orders.yaml:4",
	} {
		if got := o.Source(strings.Split(path, ".")...).String(); got != want {
			t.Errorf("%q stands at %s, want %s", path, got, want)
		}
	}
	var typed appsv1.Deployment
	if err := o.As(&typed); err != nil || *typed.Spec.Replicas != 3 || typed.Spec.Template.Spec.Containers[0].Image != "registry.example/orders:1.4.2" {
		t.Errorf("decoded as %+v, %v", typed, err)
	}
}

func TestFieldsCountWithTheirCase(t *testing.T) {
	objects, _ := objectsOf(t, map[string]string{"d.yaml": strings.Replace(deployment, "replicas:", "Replicas:", 1)})
	var typed appsv1.Deployment
	if err := objects[0].As(&typed); err != nil || typed.Spec.Replicas != nil {
		t.Errorf("Replicas, which the API server does not know, was read as %v (%v)", typed.Spec.Replicas, err)
	}
}

func TestWrongTypeNamesTheFile(t *testing.T) {
	objects, _ := objectsOf(t, map[string]string{"d.yaml": strings.Replace(deployment, "replicas: 3", `replicas: "3"`, 1)})
	var typed appsv1.Deployment
	if err := objects[0].As(&typed); err == nil || !strings.Contains(err.Error(), "d.yaml:2 is no valid Deployment") {
		t.Errorf("error %v", err)
	}
}

func TestScalarsAreTypedAsKubectlDoes(t *testing.T) {
	objects, problems := objectsOf(t, map[string]string{"c.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data:
  bare: yes
  quoted: "yes"
  off: Off
  octal: 0644
  hex: 0x10
  float: 1.50
  big: 123456789012345678
  date: 2026-11-01
  nothing: ~
  tagged: !!str 12
  block: |
    a "quoted" <line>
    é
`})
	want := `"data":{"bare":true,"quoted":"yes","off":false,"octal":420,"hex":16,"float":1.5,"big":123456789012345678,` +
		`"date":"2026-11-01","nothing":null,"tagged":"12","block":"a \"quoted\" \u003cline\u003e\né\n"}`
	if len(objects) != 1 || !strings.Contains(string(objects[0].Raw), want) {
		t.Errorf("read %s (%v)\nwant %s", objects[0].Raw, problems, want)
	}
}

func TestAnchorsAndMerges(t *testing.T) {
	objects, problems := objectsOf(t, map[string]string{"c.yaml": `apiVersion: v1
kind: ConfigMap
metadata: &m {name: c}
base: &base {a: 1, b: 1}
more: &more {<<: *base, b: 2, c: 2}
data:
  <<: [*more, {d: 3}]
  a: 0
copy: *m
`})
	if len(objects) != 1 || !strings.Contains(string(objects[0].Raw), `"data":{"a":0,"b":2,"c":2,"d":3},"copy":{"name":"c"}`) {
		t.Errorf("read %+v (%v)", objects, problems)
	}
}

func TestSecretsLoseTheirValues(t *testing.T) {
	objects, _ := objectsOf(t, map[string]string{"s.yaml": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n" +
		"  annotations: {kubectl.kubernetes.io/last-applied-configuration: 'hunter2'}\ndata: {p: aHVudGVyMg==, empty: ''}\nstringData:\n  q: hunter2\n"})
	raw := string(objects[0].Raw)
	if strings.Contains(raw, "hunter2") || strings.Contains(raw, "aHVu") || !strings.Contains(raw, `"empty":""`) || !strings.Contains(raw, `"q":"(left out)"`) {
		t.Errorf("the Secret became %s", raw)
	}
}

func TestManyDocuments(t *testing.T) {
	text := strings.Join([]string{deployment, "# nothing\n", "just: text\n", "apiVersion: v1\nkind: [broken\n", "--- # not a marker within\n" + deployment}, "---\n")
	objects, problems := objectsOf(t, map[string]string{"all.yaml": text})
	if len(objects) != 2 {
		t.Fatalf("%d objects, problems %v", len(objects), problems)
	}
	if len(problems) != 1 || !strings.Contains(problems[0], "all.yaml:2") || !strings.Contains(problems[0], "left out: ") {
		t.Errorf("problems %v", problems)
	}
	want := strings.Count(text[:strings.LastIndex(text, "apiVersion: apps")], "\n") + 1
	if objects[1].Source().Line != want {
		t.Errorf("the last object stands at line %d, want %d", objects[1].Source().Line, want)
	}
}

func TestWhatIsNoObject(t *testing.T) {
	objects, problems := objectsOf(t, map[string]string{
		"README.md":    deployment,
		"comment.yaml": "# " + strings.ReplaceAll(deployment, "\n", "\n# "),
		"crd.yaml":     "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n",
		"Chart.yaml":   "apiVersion: v2\nname: kind\n",
		"nested.yaml":  "manifest: |\n  apiVersion: v1\n  kind: Service\n",
		"odd.yaml":     "apiVersion: [v1]\nkind: {a: b}\n",
		"tabs.json":    "{\t\"apiVersion\": \"v1\",\n\t\"kind\": 7}",
		"text.yaml":    "apiVersion kind",
	})
	for _, o := range objects {
		if o.File != "tabs.json" {
			t.Errorf("an object was found in %s: %+v", o.File, o)
		}
	}
	if problems != nil {
		t.Errorf("problems %v", problems)
	}
}

func TestRepeatedFieldIsAProblem(t *testing.T) {
	objects, problems := objectsOf(t, map[string]string{"d.yaml": deployment + "kind: Service\n"})
	if len(objects) != 0 || len(problems) != 1 || !strings.Contains(problems[0], "d.yaml:19: left out: the field kind stands twice") {
		t.Errorf("objects %v, problems %v", objects, problems)
	}
}

func TestBombsAreBounded(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("apiVersion: v1\nkind: Bomb\nmetadata: {name: boom}\na0: &a0 [x, x]\n")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	merges := "apiVersion: v1\nkind: Merge\nm0: &m0 {k: v}\n"
	for i := 1; i < 60; i++ {
		merges += fmt.Sprintf("m%d: &m%d {<<: [*m%d, *m%d]}\n", i, i, i-1, i-1)
	}
	objects, problems := objectsOf(t, map[string]string{
		"bomb.yaml":   bomb.String(),
		"merges.yaml": merges,
		"deep.yaml":   "apiVersion: v1\nkind: Deep\nx: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "\n",
		"self.yaml":   "apiVersion: v1\nkind: Self\nx: &x [*x]\n",
		"list.yaml":   "apiVersion: v1\nkind: List\nitems: &i [{apiVersion: v1, kind: List, items: *i}]\n",
		"docs.yaml":   strings.Repeat("---\n", 100_000),
		"tiny.yaml":   strings.Repeat("apiVersion: v1\nkind: C\n---\n", 10_000),
		"wide.json":   `{"apiVersion":"v1","kind":"Wide","x":[` + strings.Repeat("1,", 400_000) + "1]}",
		"items.yaml":  "apiVersion: v1\nkind: List\nitems:\n- &i {apiVersion: v1, kind: C, x: [" + strings.Repeat("1,", 10_000) + "1]}\n" + strings.Repeat("- *i\n", 1000),
	})
	all := strings.Join(problems, "\n")
	for _, want := range []string{"bomb.yaml", "merges.yaml", "deep.yaml", "self.yaml", "list.yaml", "items.yaml", "wide.json", "tiny.yaml:15000: more than 5000 objects in one file"} {
		if !strings.Contains(all, want) {
			t.Errorf("no problem tells of %s:\n%s", want, all)
		}
	}
	if len(objects) != maxObjects+29 || len(problems) != 8 {
		t.Errorf("%d objects, problems:\n%s", len(objects), all)
	}
}

func TestTemplatesCostOneProblem(t *testing.T) {
	template := "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n"
	objects, problems := objectsOf(t, map[string]string{
		"charts/orders/Chart.yaml":             "apiVersion: v2\nname: orders\n",
		"charts/orders/values.yaml":            "replicas: 3\n",
		"charts/orders/templates/service.yaml": template,
		"charts/orders/templates/hpa.yaml":     "{{- if .x }}\n" + template + "{{- end }}\n",
		"k8s/service.yaml.tmpl":                template,
		"k8s/bare.yaml":                        template + "---\n" + template + "---\n" + deployment,
		"k8s/alerts.yaml":                      "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: a}\nspec: {text: '{{ $value }}'}\n",
	})
	if len(objects) != 2 {
		t.Errorf("objects %+v", objects)
	}
	want := []string{
		"k8s/bare.yaml: holds template expressions ({{ … }}), which are not rendered yet, so 2 documents in it cannot be judged",
		"charts/orders/Chart.yaml: the templates of this Helm chart (2) are not rendered yet",
	}
	if len(problems) != 2 || !strings.Contains(problems[0], want[0]) || !strings.Contains(problems[1], want[1]) {
		t.Errorf("problems %q", problems)
	}
}

func TestKustomizePatchesAreNoObjects(t *testing.T) {
	patch := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}\nspec: {replicas: 1}\n"
	objects, problems := objectsOf(t, map[string]string{
		"base/kustomization.yaml":          "resources: [orders.yaml]\n",
		"base/orders.yaml":                 deployment,
		"overlays/prod/kustomization.yaml": "resources: [../../base]\npatches: [{path: replicas.yaml}]\npatchesStrategicMerge: [old.yaml]\n",
		"overlays/prod/replicas.yaml":      patch,
		"overlays/prod/old.yaml":           patch,
	})
	if len(objects) != 1 || objects[0].File != "base/orders.yaml" {
		t.Errorf("objects %+v", objects)
	}
	if len(problems) != 1 || !strings.Contains(problems[0], "overlays/prod/kustomization.yaml: what this Kustomize overlay changes is not rendered yet") {
		t.Errorf("problems %q", problems)
	}
}

func TestUnreadManifestIsNamed(t *testing.T) {
	_, problems := objectsOf(t, map[string]string{"big.yaml": strings.Repeat("# x\n", 300_000), "big.txt": strings.Repeat("# x\n", 300_000)})
	if len(problems) != 1 || problems[0] != "big.yaml: not searched for Kubernetes objects: larger than 1 MiB" {
		t.Errorf("problems %q", problems)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(deployment))
	f.Add([]byte("apiVersion: v1\nkind: C\nx: &x {<<: *x}\n---\n- *y\n"))
	f.Add([]byte(`{"apiVersion":"v1","kind":"L","items":[1,"\ud83d"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		records := parse(files.File{Path: "f.yaml", Text: text})
		if err := evidence.NewSet(nil, evidence.Build{}, records).Write(new(strings.Builder)); err != nil {
			t.Errorf("%q cannot be written: %v", text, err)
		}
	})
}
