// Package idempotency carries out a request once, however often it is sent.
package idempotency
