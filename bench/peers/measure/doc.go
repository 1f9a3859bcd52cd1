// Package measure finds what an operation costs on a machine that is not
// alone: it counts the processor time of the whole process (user and system,
// garbage collection and background work included) instead of the time on the
// clock, which the neighbours stretch.
//
// The rate of a server is measured from another process over loopback and
// divided by the processor time that the server used, which is its throughput
// per core whether or not it had the core for itself.
package measure
