package observability

import (
	"encoding/json"
	"slices"
	"testing"
	"time"
)

func TestMeasures(t *testing.T) {
	for _, test := range []struct {
		line string
		want time.Duration // among what it may mean
	}{
		{`{"duration_ms":812.5}`, 812500 * time.Microsecond},
		{`{"durationMs":812}`, 812 * time.Millisecond},
		{`{"elapsedMilliseconds":"812"}`, 812 * time.Millisecond},
		{`{"timeout_seconds":0.8}`, 800 * time.Millisecond},
		{`{"timeoutInSeconds":2}`, 2 * time.Second},
		{`{"latency_us":812}`, 812 * time.Microsecond},
		{`{"took_ns":812000000}`, 812 * time.Millisecond},
		{`{"event":{"duration":812000000}}`, 812 * time.Millisecond},
		{`{"responseTime":812}`, 812 * time.Millisecond},
		{`{"request_time":"0.812"}`, 812 * time.Millisecond},
		{`{"latency":0.812}`, 812 * time.Millisecond},
		{`{"http.server.request.duration":0.812}`, 812 * time.Millisecond},
		{`{"upstream":{"timeout":"800ms"}}`, 800 * time.Millisecond},
		{`{"limit":"1m30s"}`, 90 * time.Second},
		{`{"budget":"PT1M0.5S"}`, 60500 * time.Millisecond},
		{`{"Elapsed":"00:00:00.8120000"}`, 812 * time.Millisecond},
		{`{"err":"no answer within 800ms, attempt 2/2"}`, 800 * time.Millisecond},
		{`{"err":"gave up after 0.8 s."}`, 800 * time.Millisecond},
		{`{"err":"timeout of 800 milliseconds exceeded"}`, 800 * time.Millisecond},
		{`{"err":"dial (5s) and read (812µs)"}`, 812 * time.Microsecond},
		{`msg=failed timeout=800ms`, 800 * time.Millisecond},
	} {
		found := slices.ContainsFunc(measuresOf(readEntry(test.line)), func(m measure) bool { return slices.Contains(m.may, test.want) })
		if !found {
			t.Errorf("%s: %v, want %s", test.line, measuresOf(readEntry(test.line)), test.want)
		}
	}
}

func TestWhatIsNoMeasure(t *testing.T) {
	for _, line := range []string{
		`{"time":1793534400}`, `{"timestamp_ms":1793534400123}`, `{"ts":"12:00:00"}`, `{"status":200}`,
		`{"items":7}`, `{"columns":3}`, `{"s":3}`, `{"m":3}`, `{"replicas_min":2}`, `{"timeout":true}`, `{"timeout":"yes"}`, `{"duration_ms":-3}`,
		`{"path":"/v1/5s/x"}`, `{"id":"a-5m-b"}`, `{"version":"1.2.3s4"}`, `{"runtime":"go1.26"}`, `{"duration":null}`, `{"elapsed":"PT"}`,
	} {
		if list := measuresOf(readEntry(line)); len(list) > 0 {
			t.Errorf("%s is taken for %v", line, list)
		}
	}
}

func TestAttempts(t *testing.T) {
	for line, want := range map[string]attempt{
		`{"attempt":2,"attempts":5}`:                                   {2, 5},
		`{"attempt":"2","max_attempts":"5"}`:                           {2, 5},
		`{"AttemptNumber":2,"MaxAttempts":5}`:                          {2, 5},
		`{"retry":{"attempt":2,"max":5}}`:                              {2, 5},
		`{"attempt":{"number":2,"of":5}}`:                              {2, 5},
		`{"retryCount":1,"retriesLeft":3}`:                             {1, 3},
		`{"attempts":2,"attempts_max":5}`:                              {2, 5},
		`{"http.request.resend_count":1,"retry.limit":4}`:              {1, 4},
		`{"try":1,"tries":3}`:                                          {1, 3},
		`{"error":"payments (10.0.0.7:80): no answer, attempt 2/5"}`:   {2, 5},
		`{"msg":"Attempt 2 of 5 failed"}`:                              {2, 5},
		`{"msg":"try (2 out of 5)."}`:                                  {2, 5},
		`level=warn attempt=2/5`:                                       {2, 5},
		`{"attempt":1,"attempts":1,"retry_after_ms":500}`:              {1, 1},
		`{"attempt":2,"attempts":3,"msg":"see https://x.test/1/2/ab"}`: {2, 3},
	} {
		if got, ok := attemptOf(readEntry(line)); !ok || got != want {
			t.Errorf("%s: %v %t, want %v", line, got, ok, want)
		}
	}
	for _, line := range []string{
		`{"attempt":2}`, `{"attempts":2}`, `{"max_attempts":5}`, `{"country":1,"countries":2}`, `{"entry":1,"entries":3}`,
		`{"retry":true,"retries":"yes"}`, `{"attempt":1.5,"attempts":2}`, `{"attempt":2,"retry_after":30}`, `{"attempt":1,"retry_delay_ms":30}`,
		`{"date":"2026/11/01"}`, `{"path":"/orders/1/2"}`, `{"proto":"HTTP/1.1"}`, `{"range":"5/2"}`, `{"msg":"one of many"}`, `{"net":"10.0.0.0/24"}`,
	} {
		if got, ok := attemptOf(readEntry(line)); ok {
			t.Errorf("%s is taken for %v", line, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, v := range []any{json.Number("7"), json.Number("7.0"), "7"} {
		if n, ok := integerOf(v); !ok || n != 7 {
			t.Errorf("%v is %d %t, want 7", v, n, ok)
		}
	}
	for _, v := range []any{nil, true, "", "x7", "7x", "Inf", "NaN", "-", json.Number("-7"), json.Number("7.5"), json.Number("1e300"), "1e999"} {
		if n, ok := integerOf(v); ok {
			t.Errorf("%v is taken for %d", v, n)
		}
	}
}

func FuzzFactsOfALine(f *testing.F) {
	for _, seed := range []string{
		`{"duration":1e300,"attempt":1,"attempts":2}`, `{"elapsed":"99999999999:00:00"}`, `a="b c" d=e`, `{"err":"5s5s 1/2 of 3"}`, "x=\"\\", "PT9999999999999H", `{"took":"1e9999ms"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		e := readEntry(line)
		for _, m := range measuresOf(e) {
			for _, d := range m.may {
				if d < 0 {
					t.Errorf("%s lasts %s", m.key, d)
				}
			}
		}
		if a, ok := attemptOf(e); ok && a.nth < 0 {
			t.Errorf("attempt %v", a)
		}
	})
}
