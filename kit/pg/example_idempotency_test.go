package pg_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/golive-dev/golive/kit/idempotency"
	"github.com/golive-dev/golive/kit/pg"
	"github.com/golive-dev/golive/kit/secret"
)

// Two replicas share the keys through the database, in which a migration has
// run pg.IdempotencySchema.
func ExampleIdempotencyStore() {
	address, userFile, passwordFile, stop := startDatabase()
	defer stop()
	ctx := context.Background()
	user, _ := secret.Watch(ctx, secret.File(userFile), secret.Options{})
	defer user.Close()
	password, _ := secret.Watch(ctx, secret.File(passwordFile), secret.Options{})
	defer password.Close()
	pool, err := pg.Open(ctx, pg.Config{URL: address, User: user, Password: password})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	place := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "placed") })
	for _, replica := range []string{"first", "second"} {
		h := idempotency.New(pg.IdempotencyStore(pool), idempotency.Options{})(place)
		r := httptest.NewRequest("POST", "/orders", strings.NewReader(`{"item":"tea"}`))
		r.Header.Set("Idempotency-Key", "8e03978e-40d5-43e8-bc93-6894a57f9324")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Printf("%s: %d %s %q\n", replica, w.Code, w.Body, w.Header().Get("Idempotency-Replayed"))
	}
	// Output:
	// first: 200 placed ""
	// second: 200 placed "true"
}
