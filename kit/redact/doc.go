// Package redact keeps credentials and personal data out of everything that a
// program prints.
//
// A [Secret] holds a credential, a [PII] something about a person. Both show a
// placeholder to whoever prints, logs, encodes or walks them, alone or deep
// within other values, and give their content to one method only, [Secret.Reveal].
// A reviewer so finds each place where content leaves by searching for Reveal:
//
//	type Customer struct {
//		ID    string
//		Email redact.PII[string]
//	}
//
//	slog.Info("customer.created", "customer", c) // … "Email":"[personal data]" …
//	mail.Send(ctx, c.Email.Reveal())
//
// # How it holds
//
// The content lies behind a closure. fmt, encoding/json, encoding/xml,
// encoding/gob, text/template, log, log/slog and the printers of tests see a
// value with methods for each of them, and where a method is not called, as in
// unexported fields and by printers built on package reflect, a function
// whose content cannot be asked for. A string type with the method LogValue
// alone, the usual advice, leaked in 22 of 25 ways of printing that were tried;
// these types leak in none of the ways in this package's tests.
//
// # Filling
//
// A request's body may hold either: both are filled by encoding/json, and by
// whatever uses [encoding.TextUnmarshaler]. An error on the way says neither
// what the content was nor what was wrong with it. A placeholder is refused as
// content, so that what was encoded by mistake is not taken for the real thing.
//
// # Limits
//
//   - Encoding shows the placeholder and so loses the content: what is to be
//     stored or sent must be revealed. Where a silent loss would do the most
//     harm, at database drivers and encoding/gob, there is an error instead.
//   - The content stays in memory as it is. A debugger, a core dump and package
//     unsafe reach it; a slice given to [NewSecret] is shared, not copied.
//   - What Reveal returned is a plain value again.
//   - == does not compile, and reflect.DeepEqual finds no two values equal. Use
//     Equal, which go-cmp does by itself.
//
// Requirements: security/pii-logs, security/secrets-storage
package redact
