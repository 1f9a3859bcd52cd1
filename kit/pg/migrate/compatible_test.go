package migrate

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// written returns migrations 1, 2, … with these statements going up.
func written(ups ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i, up := range ups {
		name := "0000" + string(rune('1'+i)) + "_step.sql"
		files[name] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + up + "\n-- +goose Down\n")}
	}
	return files
}

// migrations makes Migrations that never connect.
func migrations(t *testing.T, files fstest.MapFS) *Migrations {
	t.Helper()
	db, err := sql.Open("pgx", "postgres://127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	m, err := New(files, db, PostgreSQL)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestBreachesAreRefused(t *testing.T) {
	for up, want := range map[string]string{
		"DROP TABLE customers;":                                  "DROP TABLE customers takes away",
		"drop table if exists only_this, \"Customers\" cascade;": "DROP TABLE only_this, Customers",
		"DROP VIEW v;":              "DROP VIEW v",
		"DROP MATERIALIZED VIEW v;": "DROP MATERIALIZED VIEW v",
		"DROP FUNCTION f(int);":     "DROP FUNCTION f",
		"CREATE FUNCTION f(text) RETURNS int AS '' LANGUAGE sql; DROP FUNCTION f(int);": "DROP FUNCTION f",
		"CREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f(); DROP TRIGGER t ON b;": "DROP TRIGGER t",
		"DROP OWNED BY app;":                                                   "DROP OWNED",
		"ALTER TABLE c DROP COLUMN fax;":                                       "ALTER TABLE c: DROP of fax",
		"ALTER TABLE IF EXISTS ONLY public.c DROP fax;":                        "ALTER TABLE c: DROP of fax",
		"ALTER TABLE c ADD a int, DROP IF EXISTS fax;":                         "DROP of fax",
		"ALTER TABLE c RENAME TO d;":                                           "RENAME takes away",
		"ALTER TABLE c RENAME COLUMN a TO b;":                                  "RENAME takes away",
		"ALTER TABLE c RENAME a TO b;":                                         "RENAME takes away",
		"ALTER VIEW v RENAME TO w;":                                            "RENAME takes away",
		"ALTER FUNCTION f(int, text) RENAME TO g;":                             "RENAME takes away",
		"ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';":                        "RENAME takes away",
		"ALTER TYPE pair ALTER ATTRIBUTE a TYPE bigint;":                       "type of an attribute",
		"ALTER TABLE c SET SCHEMA archive;":                                    "SET SCHEMA moves",
		"ALTER TABLE c ALTER a TYPE bigint;":                                   "the type of a changes",
		"ALTER TABLE c ALTER COLUMN a SET DATA TYPE bigint USING a::bigint;":   "the type of a changes",
		"ALTER TABLE c ALTER type TYPE bigint;":                                "the type of type changes",
		"ALTER TABLE c ALTER attribute TYPE bigint;":                           "the type of attribute changes",
		"ALTER TABLE c ALTER a SET NOT NULL;":                                  "SET NOT NULL on a",
		"ALTER DOMAIN d SET NOT NULL;":                                         "SET NOT NULL",
		"ALTER TABLE c ALTER a DROP DEFAULT;":                                  "DROP DEFAULT of a",
		"ALTER TABLE c ALTER a DROP IDENTITY;":                                 "DROP IDENTITY of a",
		"ALTER TABLE c ADD a int NOT NULL;":                                    "new column a is NOT NULL",
		"ALTER TABLE c ADD COLUMN IF NOT EXISTS a int NOT NULL;":               "new column a is NOT NULL",
		"ALTER TABLE c ADD a int PRIMARY KEY;":                                 "new column a is NOT NULL",
		"ALTER TABLE c ADD a int NOT NULL DEFAULT NULL;":                       "new column a is NOT NULL",
		"ALTER TABLE c ADD a int NOT NULL REFERENCES d ON DELETE SET DEFAULT;": "new column a is NOT NULL",
		"ALTER TABLE c ADD a text NOT NULL CHECK (a <> 'default');":            "new column a is NOT NULL",
		"ALTER TABLE c ADD \"default\" text NOT NULL;":                         "new column default is NOT NULL",
		"ALTER TABLE c ADD serial int NOT NULL;":                               "new column serial is NOT NULL",
		"ALTER TABLE c ADD value int NOT NULL;":                                "new column value is NOT NULL",
		"ALTER TABLE c ADD generated int NOT NULL;":                            "new column generated is NOT NULL",
		"ALTER TABLE c ADD a int NOT NULL DEFAULT 1, ADD b int NOT NULL;":      "new column b is NOT NULL",
		"ALTER TABLE c ADD a numeric(1, 2) NOT NULL /* DEFAULT 1 */;":          "new column a is NOT NULL",
		"ALTER TABLE c ADD PRIMARY KEY (a);":                                   "a constraint makes columns NOT NULL",
		"ALTER TABLE c ADD CONSTRAINT x CHECK (a IS NOT NULL) NOT VALID;":      "a constraint makes columns NOT NULL",
		"ALTER TABLE c DETACH PARTITION p;":                                    "DETACH PARTITION",
		"ALTER TABLE c ENABLE ROW LEVEL SECURITY;":                             "hides rows",
		"TRUNCATE c, d;":                       "TRUNCATE takes away what c, d holds",
		"REVOKE SELECT ON c FROM app;":         "REVOKE",
		"CREATE UNIQUE INDEX i ON c (a); -- x": "",
		// What hides it from a reader of lines or words.
		"SELECT 1; DROP TABLE c;": "DROP TABLE c",
		"DROP\n-- a comment\n/* another ; /* nested */ */ TABLE\n\"c d\";": "DROP TABLE c d",
		"INSERT INTO t VALUES ('it''s; --'); DROP TABLE c;":                "DROP TABLE c",
		"INSERT INTO t VALUES (E'\\'; --'); DROP TABLE c;":                 "DROP TABLE c",
		"INSERT INTO t VALUES ($$'$$); DROP TABLE c;":                      "DROP TABLE c",
		"/* -- kit:contract */ DROP TABLE c;":                              "DROP TABLE c",
		"INSERT INTO t VALUES ('\n-- kit:contract\n'); DROP TABLE c;":      "DROP TABLE c",
		"-- not kit:contract\nDROP TABLE c;":                               "DROP TABLE c",
		// A DO block runs at once.
		"DO $$ BEGIN IF true THEN DROP TABLE c; END IF; END $$;":                                  "DROP TABLE c",
		"DO LANGUAGE plpgsql 'BEGIN ALTER TABLE c DROP a; END';":                                  "DROP of a",
		"DO $$ BEGIN ALTER TABLE c ALTER a TYPE int USING CASE WHEN b THEN 1 ELSE 2 END; END $$;": "the type of a",
		"DO $$ BEGIN EXECUTE 'DROP ' || 'TABLE c'; END $$;":                                       "EXECUTE: nobody can tell",
		// What the migration did not make is not its own.
		"CREATE TABLE IF NOT EXISTS c (a int); DROP TABLE c;":              "DROP TABLE c",
		"CREATE TEMP TABLE c (a int); DROP TABLE c; DROP TABLE c;":         "DROP TABLE c",
		"CREATE OR REPLACE VIEW c AS SELECT 1; DROP VIEW c;":               "DROP VIEW c",
		"DROP TABLE c; CREATE TABLE c (a int);":                            "DROP TABLE c",
		"CREATE TABLE a.c (a int); DROP TABLE b.c;":                        "DROP TABLE b.c",
		"CREATE TABLE n (a int); ALTER TABLE n RENAME TO m; DROP TABLE n;": "DROP TABLE n",
	} {
		err := migrations(t, written(up)).CheckCompatible()
		if want == "" {
			if err != nil {
				t.Errorf("%s\nrefused: %v", up, err)
			}
			continue
		}
		var incompatible *IncompatibleError
		if !errors.As(err, &incompatible) || !IsIncompatible(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", up, err, want)
		}
		marked := "-- kit:contract nobody uses it\n" + up
		if err := migrations(t, written(marked)).CheckCompatible(); err != nil {
			t.Errorf("%s\nrefused in spite of the mark: %v", up, err)
		}
	}
}

func TestExpandingIsCompatible(t *testing.T) {
	for _, up := range []string{
		"CREATE TABLE c (id int PRIMARY KEY, a text NOT NULL);",
		"CREATE TABLE c (a int); ALTER TABLE c DROP a; ALTER TABLE c RENAME TO d; DROP TABLE d;",
		"CREATE TEMP TABLE c (a int); INSERT INTO c SELECT 1; TRUNCATE c; DROP TABLE c;",
		"ALTER TABLE c ADD a int;",
		"ALTER TABLE c ADD a int NULL, ADD b text NOT NULL DEFAULT 'x; DROP TABLE c';",
		"ALTER TABLE c ADD a bigserial NOT NULL, ADD b int NOT NULL GENERATED ALWAYS AS IDENTITY, ADD c int GENERATED ALWAYS AS (a * 2) STORED NOT NULL;",
		"ALTER TABLE c ADD CONSTRAINT positive CHECK (a > 0) NOT VALID; ALTER TABLE c VALIDATE CONSTRAINT positive;",
		"ALTER TABLE c ALTER a DROP NOT NULL, ALTER b SET DEFAULT 1, DROP CONSTRAINT positive, RENAME CONSTRAINT x TO y;",
		"ALTER TABLE c ALTER CONSTRAINT fk DEFERRABLE;",
		"ALTER TYPE mood ADD VALUE 'calm'; ALTER TYPE pair ADD ATTRIBUTE c int;",
		"CREATE INDEX i ON c (a); DROP INDEX old; ALTER INDEX i RENAME TO j;",
		"COMMENT ON TABLE c IS 'DROP TABLE c; ALTER TABLE c RENAME TO d;';",
		"-- DROP TABLE c;\n/* DROP TABLE c; */ SELECT 'DROP TABLE c', $$DROP TABLE c;$$, \"drop\" FROM \"DROP TABLE c\";",
		"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE c; EXECUTE 'DROP TABLE c'; END $$;",
		"DO $$ BEGIN IF NOT EXISTS (SELECT 1) THEN ALTER TABLE c ADD a int; END IF; END $$;",
		"UPDATE c SET a = 1; DELETE FROM d WHERE b; GRANT SELECT ON c TO app;",
	} {
		if err := migrations(t, written(up)).CheckCompatible(); err != nil {
			t.Errorf("%s\nrefused: %v", up, err)
		}
	}
}

func TestAUniqueIndexIsRelied(t *testing.T) {
	m := migrations(t, written("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON c (a);", "DROP INDEX i;"))
	if err := m.CheckCompatible(); err == nil || !strings.Contains(err.Error(), "00002_step.sql:2: DROP INDEX i") {
		t.Errorf("got %v: INSERT … ON CONFLICT of the version before fails without the index", err)
	}
}

func TestTheMarkHoldsForItsMigrationOnly(t *testing.T) {
	m := migrations(t, written("-- kit:contract\nDROP TABLE a;", "SELECT 1;\nDROP TABLE b;", "DROP TABLE c;"))
	var incompatible *IncompatibleError
	if err := m.CheckCompatible(); !errors.As(err, &incompatible) || len(incompatible.Breaches) != 2 {
		t.Fatalf("got %v", err)
	}
	if b := incompatible.Breaches[0]; b.File != "00002_step.sql" || b.Line != 3 {
		t.Errorf("the first breach is at %s:%d, want 00002_step.sql:3", b.File, b.Line)
	}
	if err := m.CompatibleWith(2); !errors.As(err, &incompatible) || len(incompatible.Breaches) != 1 {
		t.Errorf("above 2: %v", err)
	}
	if err := m.CompatibleWith(3); err != nil {
		t.Errorf("above 3: %v", err)
	}
}

// Down takes away by its nature, and its mark does not count for Up.
func TestOnlyUpIsJudged(t *testing.T) {
	files := fstest.MapFS{"1_a.sql": {Data: []byte("-- +goose Up\nALTER TABLE c ADD a int;\n-- +goose Down\nALTER TABLE c DROP a;\n")}}
	if err := migrations(t, files).CheckCompatible(); err != nil {
		t.Error(err)
	}
	files = fstest.MapFS{"1_a.sql": {Data: []byte("-- +goose Up\nDROP TABLE c;\n-- +goose Down\n-- kit:contract\n")}}
	if migrations(t, files).CheckCompatible() == nil {
		t.Error("a mark below Down let a DROP in Up pass")
	}
	files = fstest.MapFS{"1_a.sql": {Data: []byte("-- kit:contract\n-- +goose Up\nDROP TABLE c;\n-- +goose Down\n")}}
	if err := migrations(t, files).CheckCompatible(); err != nil {
		t.Errorf("a mark at the top: %v", err)
	}
}
