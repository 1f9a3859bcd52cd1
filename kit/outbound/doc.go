// Package outbound makes the HTTP client of a dependency.
package outbound
