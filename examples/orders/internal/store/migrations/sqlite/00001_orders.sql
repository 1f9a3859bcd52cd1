-- +goose Up
CREATE TABLE orders (
	id text PRIMARY KEY,
	customer text NOT NULL,
	item text NOT NULL,
	quantity integer NOT NULL,
	payment text NOT NULL,
	placed_at timestamp NOT NULL
);
CREATE INDEX orders_of_customer ON orders (customer, placed_at);
CREATE INDEX orders_by_age ON orders (placed_at);
CREATE INDEX orders_pending ON orders (placed_at) WHERE payment = 'pending';

-- How customers can be reached. Whatever else is kept holds their id only.
CREATE TABLE contacts (
	customer text PRIMARY KEY,
	email text NOT NULL,
	name text NOT NULL,
	given_at timestamp NOT NULL
);
CREATE INDEX contacts_by_age ON contacts (given_at);

-- +goose Down
DROP TABLE contacts;
DROP TABLE orders;
