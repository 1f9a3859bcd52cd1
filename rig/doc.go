// Package rig starts and ends everything that one review runs: the service's
// build, the backends behind its dependencies, and trials. A trial is one
// instance of the service with fault proxies, an OTLP receiver, a port and a
// scratch directory of its own, so that trials run side by side and none
// changes the outcome of another.
//
// Whatever happens – a cancelled context, a panic, the death of golive
// itself – no process, port or file of a rig outlives it.
package rig
