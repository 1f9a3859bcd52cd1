package pg

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// tryAgain is when a request that the database did not answer is worth another
// try: the least that Retry-After can say, since a failover takes longer and a
// full pool less.
const tryAgain = time.Second

// problemStatus says what a request gets that failed for err.
func problemStatus(err error) (status int, retryAfter time.Duration) {
	if unanswered(err) {
		return http.StatusServiceUnavailable, tryAgain
	}
	return http.StatusInternalServerError, 0
}

// unanswered reports whether the database was not reached, or gave no answer to
// what it was asked. It may well have said why.
func unanswered(err error) bool {
	if code := sqlState(err); code != "" {
		return code == queryCanceled || code == tooManyConnections || isRefusal(code) ||
			isGone(err) || code == cannotConnectNow
	}
	return isBroken(err) || errors.Is(err, context.DeadlineExceeded) || pgconn.Timeout(err)
}
