package lex

import (
	"slices"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		sql  string
		want []Token
	}{
		{"", nil},
		{"Select A", []Token{{Word, "select", 1}, {Word, "a", 1}}},
		{`"Drop""Me"`, []Token{{Quoted, `Drop"Me`, 1}}},
		{`'it''s; -- no'`, []Token{{String, "it's; -- no", 1}}},
		{`'a\' b`, []Token{{String, `a\`, 1}, {Word, "b", 1}}},
		{`E'a\' b' c`, []Token{{String, `a' b`, 1}, {Word, "c", 1}}},
		{`B'01' x'ff' N'n' U&'d' U&"q"`, []Token{{String, "01", 1}, {String, "ff", 1}, {String, "n", 1}, {String, "d", 1}, {Quoted, "q", 1}}},
		{"$$a 'b$$ $x$ $$ $x$", []Token{{String, "a 'b", 1}, {String, " $$ ", 1}}},
		{"$1+$23 $ a$b$c", []Token{{Param, "$1", 1}, {Symbol, "+", 1}, {Param, "$23", 1}, {Symbol, "$", 1}, {Word, "a$b$c", 1}}},
		{"1 1.5 .5 1e-7 0x1F 1_000 1-2", []Token{{Number, "1", 1}, {Number, "1.5", 1}, {Number, ".5", 1}, {Number, "1e-7", 1}, {Number, "0x1F", 1}, {Number, "1_000", 1}, {Number, "1", 1}, {Symbol, "-", 1}, {Number, "2", 1}}},
		{"a -- drop; 'x\nb", []Token{{Word, "a", 1}, {Comment, " drop; 'x", 1}, {Word, "b", 2}}},
		{"a /* x /* y */ ' */ b", []Token{{Word, "a", 1}, {Block, "/* x /* y */ ' */", 1}, {Word, "b", 1}}},
		{"a/*\n\n*/b", []Token{{Word, "a", 1}, {Block, "/*\n\n*/", 1}, {Word, "b", 3}}},
		{"'open", []Token{{String, "open", 1}}},
		{"$a$open", []Token{{String, "open", 1}}},
		{"/* open", []Token{{Block, "/* open", 1}}},
		{"größe=ä", []Token{{Word, "größe", 1}, {Symbol, "=", 1}, {Word, "ä", 1}}},
	} {
		if got := Tokens(c.sql); !slices.Equal(got, c.want) {
			t.Errorf("%q:\n got %v\nwant %v", c.sql, got, c.want)
		}
	}
}

func TestStatements(t *testing.T) {
	got := Statements(Tokens("a; -- b;\n ';' ; /* ; */ ;; $$;$$ d"))
	if len(got) != 3 || got[0].At(0).Text != "a" || got[1].At(0).Text != ";" || got[1].Line() != 2 || len(got[2]) != 2 {
		t.Errorf("got %v", got)
	}
}

func TestBodiesStayInTheirStatement(t *testing.T) {
	for _, sql := range []string{
		"CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN c THEN 1 ELSE 2 END; DELETE FROM d; END; SELECT 1",
		"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 1",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; END $$; SELECT 1",
	} {
		if got := Statements(Tokens(sql)); len(got) != 2 || !got[1].Begins("select") {
			t.Errorf("%q: %d statements: %v", sql, len(got), got)
		}
	}
}

func TestSplitKeepsParenthesesTogether(t *testing.T) {
	s := Statements(Tokens("ADD a numeric(1,2) DEFAULT f(1,(2),ARRAY[3,4]), DROP b"))[0]
	if parts := s.Split(","); len(parts) != 2 || !parts[1].Begins("drop", "b") {
		t.Errorf("got %v", parts)
	}
}

func TestText(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT name FROM users WHERE email = 'ann@example.com' AND age>42": "select name from users where email = ? and age>?",
		"select -- of ann@example.com\n 1":                                  "select ?",
		"select/* ann */1, $1, $$ann$$, E'a\\'nn'":                          "select ?, $1, ?, ?",
		"SELECT \"Name\"  FROM\n\tt":                                        `select "Name" from t`,
		"select 'never closed ann@example.com":                              "select ?",
		"":                                                                  "",
	} {
		if got := Text(sql); got != want {
			t.Errorf("%q:\n got %q\nwant %q", sql, got, want)
		}
	}
	if got := Text("select " + strings.Repeat("ä,", 5000)); len(got) > maxText+len("…") || !strings.HasSuffix(got, "…") {
		t.Errorf("a long text has %d bytes", len(got))
	}
}

func TestOperation(t *testing.T) {
	for sql, want := range map[string]string{
		"select 1": "SELECT", " /* x */ -- y\n INSERT INTO t": "INSERT", "(SELECT 1) UNION SELECT 2": "SELECT",
		"WITH a AS (DELETE FROM t) SELECT": "WITH", "'select'": Other, "vacuum": Other, "": Other, "--": Other, "begin": "BEGIN",
	} {
		if got := Operation(sql); got != want {
			t.Errorf("%q is %s, want %s", sql, got, want)
		}
		if !slices.Contains(Operations, want) {
			t.Errorf("%s is not among Operations", want)
		}
	}
}

// What comes from people's files must neither crash nor hang the reader, and
// no text of a string may come out of Text.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"select 'a' $$b$$", "$", "$a", "/*", "'", "E'\\", "u&", "1e", "\x80", "$a$b$a$", "`x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		for _, token := range Tokens(sql) {
			if token.Line < 1 || token.Line > strings.Count(sql, "\n")+1 {
				t.Fatalf("%q: line %d", sql, token.Line)
			}
		}
		Operation(sql)
		if text := Text("select '" + strings.ReplaceAll(sql, "'", "''") + "'"); text != "select ?" {
			t.Fatalf("%q comes out: %q", sql, text)
		}
	})
}
