package order

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/switches"
)

// world plays all that a desk needs, and writes down what it was asked. Its
// errors are what goes wrong.
type world struct {
	refuses                     bool
	fraud, save, settle, charge error
	answer                      Payment
	pending                     []Order
	asked                       []string
}

func (w *world) note(what string, err error) error { w.asked = append(w.asked, what); return err }

func (w *world) Check(context.Context, Order) (bool, error) {
	return !w.refuses, w.note("check", w.fraud)
}
func (w *world) Save(context.Context, Order, Draft) error { return w.note("save", w.save) }
func (w *world) Settle(context.Context, string) error     { return w.note("settle", w.settle) }
func (w *world) Charge(context.Context, Order) (Payment, error) {
	return w.answer, w.note("charge", w.charge)
}
func (w *world) Pending(context.Context, time.Time, int) ([]Order, error) {
	return w.pending, w.note("pending", nil)
}

// open returns a desk in w, with its counter and its switch.
func (w *world) open(t *testing.T) (*Desk, *kittest.Measured, *switches.Set) {
	registry, set := prometheus.NewRegistry(), switches.New(switches.Options{})
	return &Desk{
		Fraud: w, Store: w, Payments: w, Charging: set.Switch("charging", "tested", true),
		Placed: NewPlaced(registry), Log: kittest.NewLogs(t).Logger,
	}, kittest.Metrics(t, registry), set
}

var errDown = errors.New("down")

func TestPlace(t *testing.T) {
	for _, c := range []struct {
		name    string
		world   world
		payment Payment // "": it fails
		asked   []string
	}{
		{"all is well", world{answer: Paid}, Paid, []string{"check", "save", "charge", "settle"}},
		{"refused", world{refuses: true}, "", []string{"check"}},
		{"no fraud check", world{fraud: errDown}, "", []string{"check"}},
		{"no store", world{save: errDown}, "", []string{"check", "save"}},
		{"no payments", world{answer: Pending}, Pending, []string{"check", "save", "charge"}},
		{"payments refuse", world{charge: errDown}, Pending, []string{"check", "save", "charge"}},
		{"the store is lost after the charge", world{answer: Paid, settle: errDown}, Pending, []string{"check", "save", "charge", "settle"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			desk, metrics, _ := c.world.open(t)
			o, err := desk.Place(t.Context(), draft())
			if (err == nil) != (c.payment != "") || o.Payment != c.payment {
				t.Errorf("got %+v, %v; want the payment %q", o, err, c.payment)
			}
			if !slices.Equal(c.world.asked, c.asked) {
				t.Errorf("asked %q, want %q", c.world.asked, c.asked)
			}
			for _, p := range []Payment{Paid, Pending} {
				want := 0.0
				if p == c.payment {
					want = 1
				}
				if got := metrics.Value("orders_placed_total", "payment", string(p)); got != want {
					t.Errorf("%v orders are counted as %s, want %v", got, p, want)
				}
			}
		})
	}
}

func TestRefusedIsTold(t *testing.T) {
	w := &world{refuses: true}
	desk, _, _ := w.open(t)
	if _, err := desk.Place(t.Context(), draft()); !errors.Is(err, ErrRejected) {
		t.Errorf("got %v", err)
	}
}

func TestChargingCanBeSwitchedOff(t *testing.T) {
	w := &world{answer: Paid, pending: []Order{{ID: "o-1"}}}
	desk, _, set := w.open(t)
	if err := set.Set("charging", false, "a test"); err != nil {
		t.Fatal(err)
	}
	if o, err := desk.Place(t.Context(), draft()); err != nil || o.Payment != Pending {
		t.Errorf("got %+v, %v; want a pending payment", o, err)
	}
	if err := desk.SettlePending(t.Context()); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(w.asked, "charge") {
		t.Errorf("asked %q", w.asked)
	}
}

func TestPendingPaymentsAreSettledEachByItself(t *testing.T) {
	w := &world{answer: Paid, pending: []Order{{ID: "o-1"}, {ID: "o-2"}}}
	desk, _, _ := w.open(t)
	if err := desk.SettlePending(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"pending", "charge", "settle", "charge", "settle"}; !slices.Equal(w.asked, want) {
		t.Errorf("asked %q, want %q", w.asked, want)
	}
	w.asked, w.charge = nil, errDown
	if err := desk.SettlePending(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"pending", "charge", "charge"}; !slices.Equal(w.asked, want) {
		t.Errorf("asked %q, want %q: one that fails must not hold up the others", w.asked, want)
	}
}
