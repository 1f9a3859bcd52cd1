package check

import "github.com/golive-dev/golive/service"

// Evidence is one thing that a check points at.
type Evidence struct {
	Rung   Rung    `json:"rung"`
	OK     bool    `json:"ok"`
	Where  string  `json:"where"` // file:line, or "drill hang, payments"
	Text   string  `json:"text"`
	Detail *Detail `json:"detail,omitempty"`
}

// Detail draws a piece of evidence. Its kinds are a closed set, so that every
// format can draw any evidence; exactly one is set.
type Detail struct {
	Table     *Table     `json:"table,omitempty"`
	Timeline  *Timeline  `json:"timeline,omitempty"`
	Histogram *Histogram `json:"histogram,omitempty"`
	Log       *Log       `json:"log,omitempty"`
	Exchange  *Exchange  `json:"exchange,omitempty"`
	Location  *Location  `json:"location,omitempty"`
}

// Table is rows of text under headings.
type Table struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

// Timeline is what was done and seen in a trial, by time.
type Timeline struct {
	Trial string `json:"trial"`
	Marks []Mark `json:"marks"`
}

// Mark is a moment, or with To a stretch of time, of a [Timeline].
type Mark struct {
	At   service.Duration `json:"at"`
	To   service.Duration `json:"to,omitempty"`
	Lane string           `json:"lane"` // drill, ready, live, requests, a dependency's name
	Text string           `json:"text"`
	Bad  bool             `json:"bad,omitempty"`
}

// Histogram is a distribution of latencies.
type Histogram struct {
	Buckets   []HistogramBucket `json:"buckets"`
	Threshold service.Duration  `json:"threshold,omitempty"`
	Marks     []QuantileMark    `json:"marks,omitempty"`
}

// HistogramBucket counts what lies above the edge before and up to Le.
type HistogramBucket struct {
	Le    service.Duration `json:"le"`
	Count int              `json:"count"`
}

// QuantileMark names a point of a [Histogram], such as "p99, client".
type QuantileMark struct {
	Name  string           `json:"name"`
	Value service.Duration `json:"value"`
}

// Log is an excerpt of output.
type Log struct {
	Lines []LogLine `json:"lines"`
}

// LogLine is a line of a [Log].
type LogLine struct {
	Stream string `json:"stream,omitempty"`
	Text   string `json:"text"`
	Bad    bool   `json:"bad,omitempty"`
}

// Exchange is a request and its answer.
type Exchange struct {
	Request  string            `json:"request"` // "POST /orders"
	Header   map[string]string `json:"header,omitempty"`
	Status   int               `json:"status"`
	Body     string            `json:"body,omitempty"`
	Took     service.Duration  `json:"took"`
	Error    string            `json:"error,omitempty"`
	Expected string            `json:"expected,omitempty"`
}

// Location is an excerpt of a file.
type Location struct {
	File  string `json:"file"`
	Line  int    `json:"line,omitempty"`
	Quote string `json:"quote,omitempty"`
}
