// Package switches turns functions of a running service off and on again:
// kill switches. In an incident the costly, the broken and the merely nice are
// turned off within seconds, without a build or a restart.
//
//	set := switches.New(switches.Options{File: "/etc/orders/switches.json"})
//	recommend := set.Switch("recommendations", "orders come without recommendations", true)
//	go set.Run(ctx)
//	…
//	if recommend.On() {
//		order.Also = recommendations(ctx, order)
//	}
//
// There are two ways to flip a switch. The file, usually a mounted ConfigMap,
// lasts:
//
//	{"recommendations": false}
//
// The ops port is faster and ends with the process; it flips one instance:
//
//	mux.Handle("/switches/", http.StripPrefix("/switches", set.Handler()))
//	curl -X PUT -d false localhost:9090/switches/recommendations
//
// A flip by hand holds until the file says something else about that switch.
// A change of the file elsewhere does not undo it. A name that leaves the file
// goes back to its preset; a file that cannot be read, or is malformed, changes
// nothing and is logged once.
//
// # Defaults
//
// The file is read every 2 s, and compared by content: a watch on a mounted
// file hears only the first of Kubernetes' swaps, polling hears all. Reading
// a switch is one atomic load, under 10 ns, so no caller need cache it. Every
// flip is logged as switch.flipped at warning, with who did it, and seen in
// the metrics switch_on and switch_flips_total.
//
// # What it does not do
//
// No percentages, no users, no experiments: that is the trade of feature flag
// services. A switch is not read from the environment, which cannot change
// while the process runs. The handler knows no callers; keep it on a port that
// only operators reach.
//
// Requirements: scaling/kill-switches, ownership/performance-config
package switches
