// Package secret reads credentials from files and other stores and follows
// their rotation while the service runs.
//
//	password, err := secret.Watch(ctx, secret.File("/run/secrets/db/password"), secret.Options{})
//	if err != nil {
//		return err
//	}
//	defer password.Close()
//
//	password.Subscribe(func(redact.Secret[string]) { pool.Reset() }) // old sessions end, new ones ask Get
//	connect(password.Get().Reveal())
//
// [Watch] returns an error if the secret cannot be read at the start. From then
// on there is always a value: whatever goes wrong later, the last good one stays
// and the failure is logged and counted. Ask [Value.Get] wherever the credential
// is used instead of keeping what it returned; it costs one atomic load.
//
// # Sources
//
// [File] reads what an orchestrator mounts: Kubernetes (Secret volumes, the CSI
// driver), External Secrets, Docker, systemd's LoadCredential. [Func] makes a
// source of a function; the module kit/vault has those of Vault and OpenBao.
// None reads environment variables: children inherit them, inspection of a
// container shows them, and they cannot be rotated.
//
// # Polling
//
// The source is read again at intervals and compared by content. A watch by
// inotify on a file mounted by Kubernetes hears the first swap of its ..data
// link only, since the file that it watches is then deleted; a read follows the
// link each time.
//
// # Defaults
//
//   - Options.Every, 5 s: the kubelet updates mounted secrets within about a
//     minute (its sync period, 60 s, and its cache), so this adds little; a read
//     of a small file costs 5 µs (BenchmarkPoll).
//   - Options.Timeout, 5 s: a read that takes longer has failed.
//   - A file is taken once it was left alone for 100 ms, so that a half-written
//     one is not, and up to 1 MiB, the limit of a Secret in Kubernetes. One
//     trailing line end is dropped. An empty secret is a failed read.
//
// # Logs and metrics
//
// secret.changed, secret.refresh_failed (once per kind of failure, with the
// source's name and the error), secret.refresh_recovered and
// secret.subscriber_panicked. No line and no label holds content.
//
//	secret_last_read_timestamp_seconds{secret}    the last good read; alert on its age
//	secret_last_change_timestamp_seconds{secret}  the last rotation
//	secret_refresh_failures_total{secret}         failed reads
//
// # Limits
//
// A writer that pauses for more than 100 ms within a file is caught only by
// Options.Valid; let it write another file and rename that. Content is not
// locked in memory nor wiped. See package redact for what hides it.
//
// Requirements: security/secret-refresh, security/secrets-storage
package secret
