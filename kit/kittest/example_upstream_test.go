package kittest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
)

// charge is code under test: it asks payments and tries a second time.
func charge(payments string) (status int) {
	client := &http.Client{Timeout: 500 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
	for range 2 {
		r, _ := http.NewRequest(http.MethodPut, payments+"/charges/7", nil)
		if resp, err := client.Do(r); err == nil {
			resp.Body.Close()
			return resp.StatusCode
		}
	}
	return http.StatusGatewayTimeout
}

// An upstream that is silent once, and answers then: the client gives up in
// time and tries again over another connection.
func TestExampleUpstream(t *testing.T) {
	payments := kittest.NewUpstream(t)
	payments.On("PUT /charges/{id}").Hang().Then().Answer(200, `{"state":"charged"}`)

	if status := charge(payments.URL); status != 200 {
		t.Errorf("status %d", status)
	}
	calls := payments.AwaitOver("PUT /charges/{id}")
	if !calls[0].GaveUp || calls[0].Conn == calls[1].Conn {
		t.Errorf("calls: %+v", calls)
	}
	payments.AwaitConnections(0)
}
