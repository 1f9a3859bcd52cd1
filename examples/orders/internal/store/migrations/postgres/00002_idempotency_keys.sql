-- +goose Up
CREATE TABLE idempotency_keys (
	key text PRIMARY KEY,
	fingerprint text NOT NULL,
	owner text NOT NULL,
	expires_at timestamptz NOT NULL,
	status integer,
	header bytea,
	body bytea,
	too_large boolean NOT NULL DEFAULT false
);
CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);

-- +goose Down
DROP TABLE idempotency_keys;
