// Package bench holds the benchmarks of golive. None of them has a limit:
// they print what was measured, and nobody's build fails on a busy machine.
package bench
