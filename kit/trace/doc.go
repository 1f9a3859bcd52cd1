// Package trace reads, makes and sends W3C trace contexts.
package trace
