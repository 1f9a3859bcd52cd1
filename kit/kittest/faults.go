package kittest

import (
	"cmp"
	"strings"
	"time"
)

// endless is how many bytes of body are announced by an answer that is never
// whole.
const endless = 1 << 20

// everyByDefault lies between two bytes of a drip: below any read timeout
// that counts from byte to byte.
const everyByDefault = 100 * time.Millisecond

// Hang adds a step that reads the request and says nothing at all, until the
// client gives up or the test ends.
func (s *Script) Hang() *Script {
	return s.add(&step{name: "silence", act: (*exchange).silence})
}

// HangAfterHeaders adds a step that sends status 200 and the headers, and no
// byte of the body that they announce. A limit on the time to the headers
// does not end it.
func (s *Script) HangAfterHeaders() *Script {
	return s.add(&step{name: "headers, then silence", act: func(x *exchange) {
		if x.send(x.head(200, "", endless)) {
			x.silence()
		}
	}})
}

// Drip adds a step whose body comes one byte at a time and is never whole. A
// limit on the time between two bytes does not end it. See [Script.Every]; a
// whole answer that is slow is an [Script.Answer] with Every.
func (s *Script) Drip() *Script {
	return s.add(&step{name: "a body that drips", act: func(x *exchange) {
		if x.send(x.head(200, "", endless)) {
			x.drip(strings.Repeat(" ", endless))
		}
	}})
}

// DripHeaders adds a step whose headers come one byte at a time and are never
// whole.
func (s *Script) DripHeaders() *Script {
	return s.add(&step{name: "headers that drip", act: func(x *exchange) {
		x.drip("HTTP/1.1 200 OK\r\nX-Padding: " + strings.Repeat("x", endless))
	}})
}

// Reset adds a step that reads the request and resets the connection (RST).
func (s *Script) Reset() *Script {
	return s.add(&step{name: "a reset", act: func(x *exchange) {
		x.conn.SetLinger(0)
		x.conn.Close()
	}})
}

// Close adds a step that reads the request and closes the connection in good
// order (FIN) without an answer.
func (s *Script) Close() *Script {
	return s.add(&step{name: "a close", act: func(x *exchange) { x.conn.Close() }})
}

// Cut adds a step that closes the connection in good order (FIN) in the middle
// of a body of 1,024 bytes.
func (s *Script) Cut() *Script {
	return s.add(&step{name: "a cut body", act: func(x *exchange) {
		x.send(x.head(200, "", 1024) + strings.Repeat(" ", 512))
		x.conn.Close()
	}})
}

// Malformed adds a step that answers with what is no HTTP, and closes the
// connection.
func (s *Script) Malformed() *Script {
	return s.add(&step{name: "what is no HTTP", act: func(x *exchange) {
		x.send("kittest speaks no HTTP\r\n\r\n")
		x.conn.Close()
	}})
}

// silence lasts until the connection ends.
func (x *exchange) silence() {
	for x.conn.wait(time.Hour) {
	}
	x.leave()
}

// drip sends text one byte at a time.
func (x *exchange) drip(text string) {
	every := cmp.Or(x.step.every, everyByDefault)
	for i := range len(text) {
		if i > 0 && !x.conn.wait(every) {
			x.leave()
			return
		}
		if !x.send(text[i : i+1]) {
			return
		}
	}
}
