package vault_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// fake is a server that speaks the documented HTTP API of Vault and OpenBao, as
// far as this module needs it, by a clock that tests advance.
type fake struct {
	*httptest.Server

	mutex     sync.Mutex
	now       time.Time
	namespace string
	sealed    bool
	broken    http.HandlerFunc // answers everything, if set
	denied    map[string]bool  // paths that no policy allows
	requests  []string         // verb and path, in order

	jwt, secretID string                      // that log in
	versioned     map[string][]map[string]any // the engine at secret; nil is a deleted version
	plain         map[string]map[string]any   // the engine at kv

	tokens map[string]*grant
	leases map[string]*grant
	made   int // numbers tokens and leases

	tokenTerm, leaseTerm term
}

// term is for how long something is granted, and renewed at most.
type term struct {
	lasts, most time.Duration
	fixed       bool // cannot be renewed
}

// grant is a token or a lease with its login.
type grant struct {
	term
	begin, end     time.Time
	token          string // under which it was leased
	user, password string
}

func newFake() *fake {
	f := &fake{
		now: time.Unix(1_800_000_000, 0), jwt: "jwt-1", secretID: "secret-id-1",
		denied: map[string]bool{}, versioned: map[string][]map[string]any{}, plain: map[string]map[string]any{},
		tokens: map[string]*grant{}, leases: map[string]*grant{},
		tokenTerm: term{lasts: time.Hour, most: 24 * time.Hour}, leaseTerm: term{lasts: 10 * time.Minute, most: 25 * time.Minute},
	}
	routes := http.NewServeMux()
	routes.HandleFunc("PUT /v1/auth/{mount}/login", f.login)
	routes.HandleFunc("GET /v1/auth/token/lookup-self", f.within(f.lookup))
	routes.HandleFunc("PUT /v1/auth/token/renew-self", f.within(f.renewToken))
	routes.HandleFunc("PUT /v1/auth/token/revoke-self", f.within(f.revoke))
	routes.HandleFunc("GET /v1/secret/data/{path...}", f.within(f.readVersioned))
	routes.HandleFunc("GET /v1/secret/{path...}", f.within(f.readUnversionedPath))
	routes.HandleFunc("GET /v1/kv/{path...}", f.within(f.readPlain))
	routes.HandleFunc("GET /v1/database/creds/{role}", f.within(f.makeLogin))
	routes.HandleFunc("GET /v1/pg/creds/{role}", f.within(f.makeLogin))
	routes.HandleFunc("PUT /v1/sys/leases/renew", f.within(f.renewLease))
	routes.HandleFunc("GET /v1/sys/health", f.health)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mutex.Lock()
		defer f.mutex.Unlock()
		f.requests = append(f.requests, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/v1/"))
		switch {
		case f.broken != nil:
			f.broken(w, r)
		case r.Header.Get("X-Vault-Request") != "true":
			refuse(w, 412, "missing required X-Vault-Request header")
		case r.URL.Path != "/v1/sys/health" && r.Header.Get("X-Vault-Namespace") != f.namespace:
			refuse(w, 404, "no handler for route")
		case f.sealed && r.URL.Path != "/v1/sys/health":
			refuse(w, 503, "Vault is sealed")
		default:
			routes.ServeHTTP(w, r)
		}
	}))
	return f
}

// do changes the server between requests.
func (f *fake) do(change func()) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	change()
}

func (f *fake) advance(d time.Duration) { f.do(func() { f.now = f.now.Add(d) }) }

// Now is the clock of both sides.
func (f *fake) Now() time.Time {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.now
}

// taken returns the requests since it was last called.
func (f *fake) taken() []string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	all := f.requests
	f.requests = nil
	return all
}

// logsIn says whether the database lets a user in right now.
func (f *fake) logsIn(user, password string) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, l := range f.leases {
		if l.user == user && l.password == password {
			token := f.tokens[l.token]
			return f.now.Before(l.end) && token != nil && f.now.Before(token.end)
		}
	}
	return false
}

func refuse(w http.ResponseWriter, status int, messages ...string) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"errors": append([]string{}, messages...)})
}

func answer(w http.ResponseWriter, body map[string]any) { json.NewEncoder(w).Encode(body) }

// within lets in whoever has a token that a policy allows the path.
func (f *fake) within(h func(w http.ResponseWriter, r *http.Request, token string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("X-Vault-Token")
		g := f.tokens[token]
		if g == nil || !f.now.Before(g.end) || f.denied[strings.TrimPrefix(r.URL.Path, "/v1/")] {
			refuse(w, 403, "permission denied")
			return
		}
		h(w, r, token)
	}
}

func (f *fake) grant(t term, token string) (name string, g *grant) {
	f.made++
	g = &grant{term: t, begin: f.now, end: f.now.Add(t.lasts), token: token}
	return fmt.Sprintf("hvs.canary-%d", f.made), g
}

func (g *grant) renew(now time.Time, by time.Duration) int {
	g.end = now.Add(by)
	if most := g.begin.Add(g.most); g.end.After(most) {
		g.end = most
	}
	return int(g.end.Sub(now).Seconds())
}

func (f *fake) login(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Role, JWT string
		RoleID    string `json:"role_id"`
		SecretID  string `json:"secret_id"`
	}
	json.NewDecoder(r.Body).Decode(&body)
	switch mount := r.PathValue("mount"); {
	case mount == "approle" && (body.RoleID != "orders-id" || body.SecretID != f.secretID):
		refuse(w, 400, "invalid role or secret ID")
		return
	case mount != "approle" && (body.Role != "orders" || body.JWT != f.jwt):
		refuse(w, 403, "permission denied")
		return
	}
	token, g := f.grant(f.tokenTerm, "")
	f.tokens[token] = g
	answer(w, map[string]any{"auth": map[string]any{"client_token": token, "lease_duration": int(g.lasts.Seconds()), "renewable": !g.fixed}})
}

func (f *fake) lookup(w http.ResponseWriter, r *http.Request, token string) {
	answer(w, map[string]any{"data": map[string]any{"ttl": int(f.tokens[token].end.Sub(f.now).Seconds())}})
}

func (f *fake) renewToken(w http.ResponseWriter, r *http.Request, token string) {
	g := f.tokens[token]
	if g.fixed {
		refuse(w, 400, "lease is not renewable")
		return
	}
	left := g.renew(f.now, g.lasts)
	answer(w, map[string]any{"auth": map[string]any{"client_token": token, "lease_duration": left, "renewable": true}})
}

func (f *fake) revoke(w http.ResponseWriter, r *http.Request, token string) {
	delete(f.tokens, token)
	w.WriteHeader(204)
}

func (f *fake) readVersioned(w http.ResponseWriter, r *http.Request, _ string) {
	versions := f.versioned[r.PathValue("path")]
	if len(versions) == 0 {
		refuse(w, 404)
		return
	}
	data := versions[len(versions)-1]
	metadata := map[string]any{"version": len(versions), "created_time": f.now, "deletion_time": "", "destroyed": false}
	if data == nil {
		metadata["deletion_time"] = f.now
		w.WriteHeader(404)
	}
	answer(w, map[string]any{"data": map[string]any{"data": data, "metadata": metadata}})
}

func (f *fake) readUnversionedPath(w http.ResponseWriter, r *http.Request, _ string) {
	w.WriteHeader(404)
	answer(w, map[string]any{"warnings": []string{"Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use."}})
}

func (f *fake) readPlain(w http.ResponseWriter, r *http.Request, _ string) {
	data := f.plain[r.PathValue("path")]
	if data == nil {
		refuse(w, 404)
		return
	}
	answer(w, map[string]any{"lease_duration": 2764800, "data": data})
}

func (f *fake) makeLogin(w http.ResponseWriter, r *http.Request, token string) {
	if r.PathValue("role") != "orders" {
		refuse(w, 400, fmt.Sprintf("unknown role: %s", r.PathValue("role")))
		return
	}
	id, g := f.grant(f.leaseTerm, token)
	id = strings.TrimPrefix(r.URL.Path, "/v1/") + "/" + id
	g.user, g.password = fmt.Sprintf("v-orders-%d", f.made), fmt.Sprintf("canary-password-%d", f.made)
	f.leases[id] = g
	answer(w, map[string]any{
		"lease_id": id, "lease_duration": int(g.lasts.Seconds()), "renewable": !g.fixed,
		"data": map[string]any{"username": g.user, "password": g.password},
	})
}

func (f *fake) renewLease(w http.ResponseWriter, r *http.Request, _ string) {
	var body struct {
		LeaseID   string `json:"lease_id"`
		Increment int    `json:"increment"`
	}
	json.NewDecoder(r.Body).Decode(&body)
	g := f.leases[body.LeaseID]
	if g == nil || g.fixed || !f.now.Before(g.end) {
		refuse(w, 400, "lease not found")
		return
	}
	left := g.renew(f.now, time.Duration(body.Increment)*time.Second)
	answer(w, map[string]any{"lease_id": body.LeaseID, "lease_duration": left, "renewable": true})
}

func (f *fake) health(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Vault-Namespace") != "" {
		refuse(w, 404, "unsupported path")
		return
	}
	if f.sealed {
		w.WriteHeader(299) // as the library asks for
	}
	answer(w, map[string]any{"initialized": true, "sealed": f.sealed, "standby": false})
}

// hang answers nothing until the client leaves, which a server sees only when it
// has read the body.
func hang(_ http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}
