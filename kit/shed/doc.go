// Package shed refuses work that a service has no room for.
package shed
