// Package audit keeps an audit log: who did what to what, apart from the log
// of the service, only ever appended to, and such that tampering shows.
//
//	log, err := audit.Open("/var/log/orders/audit.log", audit.Options{Service: "orders", Sync: true})
//	…
//	err = log.Record(ctx, audit.Entry{
//		Subject: "clerk-7", Action: "order.refunded", Object: "order/A-1", Result: "granted",
//	})
//
// An entry is one line, a JSON object with the fields of the service's log
// (timestamp, level, service, trace_id, span_id, event), and with sequence,
// subject, action, object, result, attributes, previous and seal. An entry
// without a subject, an action or an object is refused.
//
// # The chain
//
// previous is the SHA-256 of the line before, with its newline, as sha256sum
// prints it; seal is that of the line itself, up to the seal. So [Verify]
// names the first line that was changed, removed, added or moved. A chain has
// no key: who can write the file can write it anew, or cut off its end. Keep
// [Log.Head] elsewhere from time to time, in the service's log at least, and
// give it to Verify: then that shows, too. Better, let the file be append-only
// (chattr +a) and ship its lines off the machine.
//
// A line that a crash has torn is not removed. The next entry vouches for it,
// by its hash in the field torn, and the chain goes on.
//
// # Defaults
//
//   - The file's mode is 0600: an audit log holds who did what.
//   - Sync is off: an entry outlives the process at once, and a power cut once
//     the kernel has written it, after 30 s at most on Linux
//     (vm.dirty_expire_centisecs). Sync costs an fsync per entry.
//   - A subject, action, object or result has 1 KiB at most, a line 64 KiB, which
//     is what collectors of logs take: a larger entry is refused. Attributes
//     beyond 24 KiB are left out and counted in the field attrs_dropped.
//
// # What it does not do
//
// It does not rotate: a chain is one file, and a copy that is truncated breaks
// it. It does not encrypt, and personal data in it must be kept as long as the
// log: record ids, not names. Two processes do not share a file; the second is
// refused where the system has flock.
//
// Requirements: observability/access-log, observability/structured-logs, security/pii-logs, data/purge
package audit
