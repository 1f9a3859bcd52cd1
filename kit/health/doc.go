// Package health answers the two questions of a platform: is the process to be
// restarted, and may requests be sent to it.
package health
