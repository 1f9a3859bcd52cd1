// Package ownership holds the checks of the standard's section of that name:
// who answers for the service and what they must know. One file is one requirement.
package ownership
