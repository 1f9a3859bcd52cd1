package order

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

var tea = Draft{Customer: "c-1", Email: "c@example.com", Item: "tea", Quantity: 2}

func TestValidate(t *testing.T) {
	if err := tea.Validate(); err != nil {
		t.Errorf("a valid draft: %v", err)
	}
	for want, draft := range map[string]Draft{
		"customer is missing":                  {Item: "tea", Quantity: 1},
		"item is missing":                      {Customer: "c", Quantity: 1},
		"quantity is not between 1 and 1000":   {Customer: "c", Item: "tea"},
		"item is longer than 200 characters":   {Customer: "c", Item: strings.Repeat("é", 201), Quantity: 1},
		"email is longer than 200 characters":  {Customer: "c", Email: strings.Repeat("e", 201), Item: "tea", Quantity: 1},
		"customer is missing\nitem is missing": {Quantity: 1000},
	} {
		if err := draft.Validate(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// world plays all that a desk needs; its errors are what goes wrong.
type world struct {
	refuses                    bool
	fraud, save, again, charge error
	saved                      []Order
}

func (w *world) Check(context.Context, Order) (bool, error)    { return !w.refuses, w.fraud }
func (w *world) Charge(context.Context, Order) error           { return w.charge }
func (w *world) Find(context.Context, string) (Order, error)   { return Order{}, ErrNotFound }
func (w *world) Latest(context.Context, string) (Order, error) { return Order{}, ErrNotFound }
func (w *world) place() (Order, error) {
	d := Desk{w, w, w, slog.New(slog.DiscardHandler)}
	return d.Place(context.Background(), tea)
}

func (w *world) Save(_ context.Context, o Order) error {
	err := w.save
	if len(w.saved) > 0 {
		err = w.again
	}
	if err == nil {
		w.saved = append(w.saved, o)
	}
	return err
}

func TestPlace(t *testing.T) {
	w := &world{}
	o, err := w.place()
	if err != nil || o.Payment != Paid || o.ID == "" || o.Draft != tea {
		t.Errorf("got %+v, %v", o, err)
	}
	if len(w.saved) != 2 || w.saved[0].Payment != Pending || w.saved[1] != o {
		t.Errorf("saved %+v; want it pending before the charge, paid after", w.saved)
	}
}

func TestPlaceWithoutADependency(t *testing.T) {
	down := errors.New("down")
	for name, c := range map[string]struct {
		world world
		want  error
		saved int
	}{
		"fraud":               {world{fraud: down}, down, 0},
		"refused":             {world{refuses: true}, ErrRejected, 0},
		"store":               {world{save: down}, down, 0},
		"payments":            {world{charge: down}, nil, 1},
		"store, once charged": {world{again: down}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := c.world.place()
			if !errors.Is(err, c.want) || len(c.world.saved) != c.saved {
				t.Errorf("error %v, saved %d times; want %v, %d", err, len(c.world.saved), c.want, c.saved)
			}
			if err == nil && o.Payment != Pending {
				t.Errorf("the payment is %s", o.Payment)
			}
		})
	}
}
