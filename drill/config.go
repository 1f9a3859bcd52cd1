package drill

import (
	"context"
	"strings"
	"time"

	"github.com/golive-dev/golive/rig"
	"github.com/golive-dev/golive/service"
)

var _ = register(Drill{
	Name:   "config",
	Breaks: "starts the service with each variable missing, and with each typed one malformed",
	Undoes: "each start is an instance of its own",
	Lacks: func(s *service.Service) string {
		if len(Variables(s)) == 0 {
			return "golive.yaml gives the service no variables (config, run.env), so none can be missing"
		}
		return ""
	},
	Run: func(ctx context.Context, s *Session) error {
		trials := []string{"control"}
		for _, v := range Variables(s.Service()) {
			if v.MustBeSet() {
				trials = append(trials, v.Name+"/missing")
			}
			if _, ok := malformed[v.Kind]; ok {
				trials = append(trials, v.Name+"/malformed")
			}
		}
		return s.Each(ctx, trials, config)
	},
})

// malformed holds a value for each kind of variable that no program can
// take for a good one.
var malformed = map[service.VariableKind]string{
	service.IntVar:      "golive-no-number",
	service.BoolVar:     "golive-neither",
	service.PortVar:     "golive-no-port",
	service.URLVar:      "golive no url://%zz",
	service.DurationVar: "golive-no-duration",
}

// Variables returns the declared variables and, where config declares none,
// those of run.env whose values say what they are: an address of a
// dependency must be set, a port may have a default.
func Variables(s *service.Service) []service.Variable {
	if len(s.Config) > 0 {
		return s.Config
	}
	var vars []service.Variable
	optional := false
	for _, pair := range s.Run.Env {
		switch {
		case strings.Contains(pair.Value, "${port}") && !strings.Contains(pair.Value, "/"):
			v := service.Variable{Name: pair.Name, Kind: service.PortVar, Required: &optional}
			if strings.Contains(pair.Value, ":") { // an address such as :${port}
				v.Kind = service.StringVar
			}
			vars = append(vars, v)
		case strings.Contains(pair.Value, ".url}"):
			vars = append(vars, service.Variable{Name: pair.Name, Kind: service.URLVar})
		case strings.Contains(pair.Value, ".host}"), strings.Contains(pair.Value, ".port}"):
			vars = append(vars, service.Variable{Name: pair.Name, Kind: service.StringVar})
		}
	}
	return vars
}

// configLimit is how long after its start a service may take to find its
// configuration wrong.
const configLimit = 3 * time.Second

// goneLimit is how long what an ended main process left behind may still be
// seen before it counts as left behind.
const goneLimit = 10 * time.Second

func config(ctx context.Context, t *Trial) error {
	name, how, _ := strings.Cut(t.rec.Name(), "/")
	var o rig.StartOptions
	switch how {
	case "missing":
		o.Unset = []string{name}
		t.rec.Notef("start without %s", name)
	case "malformed":
		v := t.variable(name)
		o.Set = map[string]string{name: malformed[v.Kind]}
		t.rec.Notef("start with %s=%q", name, malformed[v.Kind])
	default:
		return t.Boot(ctx)
	}
	if err := t.Start(ctx, o); err != nil {
		return err
	}
	begin := time.Now()
	if t.endsByItself(ctx, configLimit) {
		t.AwaitGone(ctx, goneLimit)
		return nil
	}
	t.rec.Notef("still running %s after its start", time.Since(begin).Round(100*time.Millisecond))
	return nil
}

// endsByItself reports whether the main process ends before it has served for
// some time. Time alone would not tell that: beside other trials a start may
// take several times as long as the first one did, which had the machine for
// itself.
func (t *Trial) endsByItself(ctx context.Context, served time.Duration) bool {
	usual, cancel := context.WithTimeout(ctx, slowedBy*t.session.pre.took+served)
	defer cancel()
	_ = t.AwaitServing(usual) // that it never serves is no news here
	if usual.Err() == nil {
		return t.exitsWithin(ctx, served)
	}
	return t.exitsWithin(ctx, 0)
}

// slowedBy is how many times longer a start may take beside other trials.
const slowedBy = 5

func (t *Trial) variable(name string) service.Variable {
	for _, v := range Variables(t.session.Service()) {
		if v.Name == name {
			return v
		}
	}
	return service.Variable{Name: name}
}
