package observability

import (
	"fmt"
	"slices"
	"strings"
)

// names are keys of one thing, in the order in which they are believed.
type names []string

// of returns the first that an entry has as text, "" for none.
func (n names) of(e entry) string {
	i := slices.IndexFunc(n, func(name string) bool { return isText(e[name]) })
	if i < 0 {
		return ""
	}
	return strings.TrimSpace(fmt.Sprint(e[n[i]]))
}

// eventNames are the keys of what happened: a name goes before the template
// of a message, and that before the message.
var eventNames = names{
	"event.name", "event.action", "event_name", "eventname", "event", "event.id",
	"@mt", "messagetemplate", "message_template", "messagetemplate.text", "state.{originalformat}", "{originalformat}",
	"msg", "message", "short_message", "body", "body.stringvalue", "@m", "renderedmessage", "formattedmessage",
}

// event returns what a line says, in a field of its own, that happened; "" for
// nothing.
func (l logged) event() string { return eventNames.of(l.entry) }

// shape returns what a line says, wherever, without ids and numbers.
func (l logged) shape() string {
	text := l.event()
	if text == "" {
		text, _ = l.entry[restOfText].(string)
	}
	return variable.ReplaceAllString(text, "#")
}
