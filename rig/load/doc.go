// Package load is the client side of a rig: it makes the declared requests,
// sends them over connections of its own, and says what became of each.
//
// Nothing here uses [net/http.Transport], which repeats a request on its own
// when a kept connection turns out to be dead: what happened to a request
// would then be told wrongly. One request is written once, to one connection.
package load
