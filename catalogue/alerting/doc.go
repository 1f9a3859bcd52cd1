// Package alerting holds the checks of the standard's section of that name:
// objectives, the alerts on them, and what those who are called find. One file is one requirement.
package alerting
