// Package vault reads secrets from Vault and OpenBao, as sources of package
// secret, which follows their rotation.
//
//	client, err := vault.New(vault.Config{
//		Address: "https://vault.example.org:8200",
//		Auth:    vault.Kubernetes("orders", ""),
//	})
//	if err != nil {
//		return err
//	}
//	key, err := secret.Watch(ctx, client.Source("secret/data/orders", "api_key"), secret.Options{Every: time.Minute})
//
//	db := client.Database("orders") // a login of its own for this instance
//	user, err := secret.Watch(ctx, db.User(), secret.Options{})
//	password, err := secret.Watch(ctx, db.Password(), secret.Options{})
//
// # Logging in
//
// [Kubernetes] and [AppRole] log in by what lies in files, [TokenFile] takes the
// token that an agent keeps in one. No environment variable is read, neither
// VAULT_TOKEN nor VAULT_ADDR. The client logs in at its first read, renews its
// token when two thirds of its time are over, and logs in anew when it cannot be
// renewed any more or was revoked.
//
// # Leases
//
// A [Database] is read again without a request, until two thirds of its lease
// are over; then the lease is renewed, and when it cannot be, or when a renewal
// brings less than half of the first time because the end of its greatest time
// is near, there is a new login. The old one stays valid for the rest of its
// lease: the time in which a pool replaces its connections. Leases end with the
// token under which they were made, so a new token brings a new login, too.
//
// There is no goroutine: polling by package secret drives all of it. So watch
// more often than every third of the shortest lease.
//
// # Defaults
//
//   - Config.Timeout, 5 s a request, as package secret gives a read.
//   - Renewal after two thirds of a lease, as by the lifetime watcher of Vault's
//     own library: a third is left to recover in.
//   - No retries: the next poll is one. An answer is read up to 4 MiB.
//   - Plain HTTP only to the machine itself, since each request carries the
//     token. Config.Plain allows it where a mesh encrypts.
//
// # Errors
//
// Those that Vault answers are an [*Error] with status and messages, in one line,
// with a way out: sealed, permission denied, nothing there. They never hold
// content.
//
// # Limits
//
// Only reading: no writing of secrets, no transit, no certificates. Response
// wrapping is not unwrapped. Paths are those of the HTTP API, so a versioned
// engine needs data after its mount: secret/data/orders.
//
// Requirements: security/secrets-storage, security/secret-refresh, security/scoped-credentials
package vault
