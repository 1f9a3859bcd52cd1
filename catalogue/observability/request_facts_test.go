package observability

import (
	"slices"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

func lineOf(text string) logged {
	return logged{datedLine{0, &evidence.Line{Text: text}}, readEntry(text), false}
}

var asked = &evidence.Request{Method: "GET", Path: "/shop/items/17?x=1", Status: 404, Took: service.Duration(4 * time.Millisecond)}

func TestFactsOfARequest(t *testing.T) {
	for name, fact := range map[string]struct {
		has     func(logged, *evidence.Request) bool
		yes, no []string
	}{
		"status": {logged.hasStatus,
			[]string{`{"status":404}`, `{"res":{"statusCode":404}}`, `{"http":{"response":{"status_code":"404"}}}`, `{"StatusCode":404}`, `{"DownstreamStatus":404}`, `{"code":404}`, `{"status":"404 Not Found"}`, `status=404`},
			[]string{`{"status":200}`, `{"msg":"status 404"}`, `{"port":404}`, `{"status":"ok"}`, `{"status":4040}`, `{"error_code":404}`}},
		"duration": {logged.hasDuration,
			[]string{`{"duration_ms":3}`, `{"took":"3ms"}`, `{"latency":0.003}`, `{"msg":"done in 3ms"}`, `took=3ms`},
			[]string{`{"msg":"duration"}`, `{"time":1793534400}`, `{"duration_s":30}`, `{"timeout":"30s"}`}},
		"method": {logged.hasMethod,
			[]string{`{"method":"GET"}`, `{"method":"get"}`, `{"route":"GET /shop/items/{id}"}`, `{"request":"GET /shop/items/17 HTTP/1.1"}`, `verb=GET`},
			[]string{`{"method":"POST"}`, `{"msg":"GET"  , "x":1`, `{"msg":"GET it done"}`, `{"msg":"I GET /x"}`}},
		"path": {logged.hasPath,
			[]string{`{"path":"/shop/items/17"}`, `{"url":"/shop/items/17?x=1"}`, `{"uri":"https://shop.test/shop/items/17"}`, `{"route":"/shop/items/{id}"}`, `{"route":"GET /shop/items/:id"}`, `{"path":"/items/17"}`, `{"handler":"Items.show"}`, `{"http":{"route":"/shop/items/<int:id>"}}`},
			[]string{`{"path":"/shop/items/18"}`, `{"path":"/"}`, `{"route":"/shop/{rest...}"}`, `{"msg":"items 17"}`, `{"route":"/customers/{id}"}`, `{"file":"s/17"}`}},
		"who": {logged.hasWho,
			[]string{`{"remote":"127.0.0.1"}`, `{"req":{"remoteAddress":"::1"}}`, `{"client":{"address":"10.0.0.7"}}`, `{"http.client_ip":"10.0.0.7"}`, `{"x_forwarded_for":"10.0.0.7"}`, `{"ip":"10.0.0.7"}`, `{"user":{"id":7}}`, `{"subject":"key-7"}`, `{"net.sock.peer.addr":"::1"}`, `remote_addr=127.0.0.1`, `{"httpRequest":{"remoteIp":"::1"}}`},
			[]string{`{"remote":"-"}`, `{"remote":""}`, `{"user_agent":"curl"}`, `{"server":{"address":"10.0.0.7"}}`, `{"host":"127.0.0.1"}`, `{"ip":"none"}`, `{"host.ip":"10.0.0.7"}`, `{"peer.service":"stock"}`, `{"pubsub":"x"}`, `{"client":{"port":7}}`}},
	} {
		for _, text := range fact.yes {
			if !fact.has(lineOf(text), asked) {
				t.Errorf("%s does not tell the %s", text, name)
			}
		}
		for _, text := range fact.no {
			if fact.has(lineOf(text), asked) {
				t.Errorf("%s is taken to tell the %s", text, name)
			}
		}
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string][2]bool{
		`{"host":"127.0.0.1","port":8082}`:                             {true, true},
		`{"host":"localhost","port":"8082"}`:                           {true, true},
		`{"error":"dial tcp 127.0.0.1:8082: connection refused"}`:      {true, true},
		`{"error":"dial tcp [::1]:8082: connection refused"}`:          {true, true},
		`{"error":"Get \"http://localhost:8082/x\": EOF"}`:             {true, true},
		`{"error":"Connection refused: localhost/127.0.0.1:8082"}`:     {true, true},
		`{"error":"read tcp 10.0.0.9:5000->127.0.0.1:8082: i/o"}`:      {true, true},
		`{"error":"at\n127.0.0.1:8082"}`:                               {true, true},
		`{"url":"http://127.0.0.1/x","port":8082}`:                     {true, true},
		`connect to 127.0.0.1:8082 failed`:                             {true, true},
		`{"list":["127.0.0.1:8082"]}`:                                  {true, true},
		`{"host":"127.0.0.1"}`:                                         {true, false},
		`{"port":8082}`:                                                {false, true},
		`{"error":"dial tcp 127.0.0.1:80821"}`:                         {false, false},
		`{"error":"dial tcp 10.127.0.0.1:8082"}`:                       {false, false},
		`{"error":"dial tcp 10.0.0.7:8082"}`:                           {false, false},
		`{"error":"mylocalhost:8082"}`:                                 {false, false},
		`{"remote":"127.0.0.1:53210"}`:                                 {false, false},
		`{"msg":"port 8082 of host 127.0.0.1"}`:                        {false, false},
		`{"error":"127.0.0.1:80820 and then 127.0.0.1:8082, refused"}`: {true, true},
	} {
		host, port := lineOf(text).namesAddress("127.0.0.1", "8082")
		if host != want[0] || port != want[1] {
			t.Errorf("%s: host %t, port %t; want %v", text, host, port, want)
		}
	}
	if host, _ := lineOf(`{"host":"localhost","port":80}`).namesAddress("10.0.0.7", "80"); host {
		t.Error("localhost is taken for 10.0.0.7")
	}
}

func TestEventNames(t *testing.T) {
	for text, want := range map[string]string{
		`{"event":"order.placed","msg":"order 7 placed"}`:                               "order.placed",
		`{"event":{"action":"order-placed"},"message":"order 7 placed"}`:                "order-placed",
		`{"@mt":"Order {Id} placed","@m":"Order 7 placed"}`:                             "Order {Id} placed",
		`{"Message":"Order 7 placed","State":{"{OriginalFormat}":"Order {Id} placed"}}`: "Order {Id} placed",
		`{"fields":{"message":" placed "},"target":"orders"}`:                           "placed",
		`level=info msg="order placed" id=7`:                                            "order placed",
		`order 7 placed`:                                                                "",
		`{"event":7}`:                                                                   "",
	} {
		if got := lineOf(text).event(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := lineOf("12 INFO order 7 placed id=8").shape(); got != "# INFO order # placed" {
		t.Errorf("the shape of a text is %q", got)
	}
}

func TestLinesOfARequest(t *testing.T) {
	const own, other = "4bf92f3577b34da6a3ce929d0e0e4701", "4bf92f3577b34da6a3ce929d0e0e4702"
	at := func(ms int, text string) evidence.Event {
		return evidence.Event{At: service.Duration(time.Duration(ms) * time.Millisecond), Line: &evidence.Line{Stream: "stdout", Text: text}}
	}
	events := []evidence.Event{
		at(90, "before"), at(105, `{"msg":"mine","trace_id":"`+own+`","traceparent":"00-`+own+`-0123456789abcdef-01"}`),
		at(106, "meanwhile"), at(107, "theirs "+other), at(900, "late "+own), at(901, "after"),
	}
	texts := func(events []evidence.Event, trace string) (list []string) {
		r := dated{service.Duration(100 * time.Millisecond), &evidence.Request{Trace: trace, Took: service.Duration(10 * time.Millisecond)}}
		for _, l := range journalOf(events).of(r) {
			list = append(list, l.Text[:4])
		}
		slices.Sort(list)
		return list
	}
	if got := texts(events, own); !slices.Equal(got, []string{"late", "mean", `{"ms`}) {
		t.Errorf("its lines are %q", got)
	}
	if got := texts(events, "4bf92f3577b34da6a3ce929d0e0e4703"); !slices.Equal(got, []string{"mean", "thei", `{"ms`}) {
		t.Errorf("without its id, its lines are %q", got)
	}
}
