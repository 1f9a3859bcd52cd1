// Package observability holds the checks of the standard's section of that name:
// what can be seen of the service from outside: logs, metrics, traces, dashboards. One file is one requirement.
package observability
