// Package log writes log lines as JSON.
package log
