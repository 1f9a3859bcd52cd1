package vault_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/redact"
	"github.com/golive-dev/golive/kit/secret"
	"github.com/golive-dev/golive/kit/vault"
)

func TestALoginIsKeptUntilItsLeaseIsDue(t *testing.T) {
	f := serve(t)
	db := connect(t, f, nil).Database("orders")
	equal(t, "before the first read", f.taken())
	user, password := read(t, db.User()), read(t, db.Password())
	if !f.logsIn(user, password) {
		t.Errorf("%s does not log in", user)
	}
	equal(t, "both halves", f.taken(), "PUT auth/kubernetes/login", "GET database/creds/orders")

	f.advance(6*time.Minute + 39*time.Second) // two thirds are 6:40
	read(t, db.User())
	equal(t, "before it is due", f.taken())

	f.advance(time.Second)
	if read(t, db.User()) != user || read(t, db.Password()) != password {
		t.Error("a renewal changed the login")
	}
	equal(t, "when due", f.taken(), "PUT sys/leases/renew")
}

// TestLoginsOverADay holds that at every poll of a day there is a login that
// works, and that pools always have time to leave the one before.
func TestLoginsOverADay(t *testing.T) {
	for name, set := range map[string]func(*fake){
		"the usual":            func(*fake) {},
		"tokens end first":     func(f *fake) { f.tokenTerm = term{lasts: 20 * time.Minute, most: time.Hour} },
		"nothing is renewable": func(f *fake) { f.tokenTerm.fixed, f.leaseTerm.fixed = true, true },
		"leases have no limit": func(f *fake) { f.leaseTerm.most = 1000 * time.Hour },
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t)
			set(f)
			db := connect(t, f, nil).Database("orders")
			user, password := read(t, db.User()), read(t, db.Password())
			changes := 0
			for range 24 * 60 {
				f.advance(time.Minute)
				nextUser, nextPassword := read(t, db.User()), read(t, db.Password())
				if nextUser != user {
					changes++
					if !f.logsIn(user, password) {
						t.Fatalf("change %d: %s was withdrawn before the change", changes, user)
					}
				}
				user, password = nextUser, nextPassword
				if !f.logsIn(user, password) {
					t.Fatalf("after %d changes %s does not log in", changes, user)
				}
			}
			if changes < 1 || changes > 24*60/6 {
				t.Errorf("%d changes in a day", changes)
			}
			t.Logf("%d changes, %d requests", changes, len(f.taken()))
		})
	}
}

// TestBothHalvesChangeAtOnce watches them as a pool does: what one poll finds,
// the other value gets without waiting for its own.
func TestBothHalvesChangeAtOnce(t *testing.T) {
	f := serve(t)
	f.leaseTerm.fixed = true
	db := connect(t, f, nil).Database("orders")
	watch := func(s secret.Source) *secret.Value {
		v, err := secret.Watch(t.Context(), s, secret.Options{Every: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(v.Close)
		return v
	}
	user, password := watch(db.User()), watch(db.Password())
	changed := make(chan string, 4)
	password.Subscribe(func(redact.Secret[string]) { changed <- "password" })
	for range 2 {
		f.advance(9 * time.Minute)
		if err := user.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-changed:
		case <-time.After(time.Minute):
			t.Fatal("the password did not follow the user")
		}
		if !f.logsIn(user.Get().Reveal(), password.Get().Reveal()) {
			t.Error("user and password do not belong together")
		}
	}
}

func TestLoginReturnsBothAsOne(t *testing.T) {
	f := serve(t)
	f.leaseTerm.fixed = true
	db := connect(t, f, nil).Database("orders").At("/pg/")
	user, password, err := db.Login(t.Context())
	if err != nil || !f.logsIn(user, password.Reveal()) {
		t.Fatalf("%s does not log in: %v", user, err)
	}
	if got := db.User().Name(); got != "vault pg/creds/orders#username" {
		t.Errorf("the source's name is %s", got)
	}
	f.do(func() { f.sealed = true })
	f.advance(7 * time.Minute) // due, not over
	if again, _, err := db.Login(t.Context()); err != nil || again != user {
		t.Errorf("with the server sealed got %s and %v, want the login before", again, err)
	}
	_, err = db.User().Read(t.Context())
	fails(t, "the source meanwhile", err, "503", "pg/creds/orders")
	f.advance(4 * time.Minute)
	_, _, err = db.Login(t.Context())
	fails(t, "after the lease", err, "503", "sealed")
	f.do(func() { f.sealed = false })
	if user, password, err = db.Login(t.Context()); err != nil || !f.logsIn(user, password.Reveal()) {
		t.Errorf("after unsealing %s does not log in: %v", user, err)
	}
}

func TestALeaseThatWasRevoked(t *testing.T) {
	f := serve(t)
	db := connect(t, f, nil).Database("orders")
	read(t, db.User())
	f.do(func() { clear(f.leases) })
	f.advance(7 * time.Minute)
	f.taken()
	if user, password := read(t, db.User()), read(t, db.Password()); !f.logsIn(user, password) {
		t.Errorf("%s does not log in", user)
	}
	equal(t, "after a renewal that failed", f.taken(), "PUT sys/leases/renew", "GET database/creds/orders")
}

// TestANewTokenBringsANewLogin holds that leases are not outlived by what they
// hang on.
func TestANewTokenBringsANewLogin(t *testing.T) {
	f := serve(t)
	path := file(t, "", "canary-agent-1")
	lives := &grant{end: f.now.Add(24 * time.Hour)}
	f.tokens["canary-agent-1"], f.tokens["canary-agent-2"] = lives, lives
	db := connect(t, f, func(c *vault.Config) { c.Auth = vault.TokenFile(path) }).Database("orders")
	before := read(t, db.User())
	file(t, path, "canary-agent-2")
	if after := read(t, db.User()); after == before {
		t.Error("the login of the token before is still in use")
	}
}

func TestDatabaseErrors(t *testing.T) {
	f := serve(t)
	client := connect(t, f, nil)
	_, err := client.Database("admin").User().Read(t.Context())
	fails(t, "unknown role", err, "database/creds/admin", "400", "unknown role")
	f.do(func() {
		f.broken = func(w http.ResponseWriter, r *http.Request) {
			answer(w, map[string]any{"data": map[string]any{"username": "canary"}})
		}
	})
	_, err = client.Database("orders").Password().Read(t.Context())
	fails(t, "half a login", err, "database/creds/orders", "no user and password")
}

func TestManyReadersShareOneLogin(t *testing.T) {
	f := serve(t)
	db := connect(t, f, nil).Database("orders")
	users := make(chan string, 20)
	for range cap(users) {
		go func() {
			text, _ := db.User().Read(t.Context())
			users <- string(text)
		}()
	}
	var all []string
	for range cap(users) {
		all = append(all, <-users)
	}
	slices.Sort(all)
	if one := slices.Compact(all); len(one) != 1 || one[0] == "" {
		t.Errorf("20 readers got %v", one)
	}
	equal(t, "20 readers", f.taken(), "PUT auth/kubernetes/login", "GET database/creds/orders")
}
