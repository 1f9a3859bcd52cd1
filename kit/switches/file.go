package switches

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"
)

// mostContent is far above what names and booleans need.
const mostContent = 64 << 10

// Run reads the file again and again until ctx ends. Without a file it just
// waits.
func (s *Set) Run(ctx context.Context) {
	if s.file == "" {
		<-ctx.Done()
		return
	}
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = s.Reload() // logged there
		}
	}
}

// Reload reads the file now. Content that was seen before changes nothing.
// After an error every switch stays as it was: neither a half-written file nor
// a mount that went away may turn on what was turned off. A file that never
// existed is no error.
func (s *Set) Reload() error {
	if s.file == "" {
		return nil
	}
	content, err := read(s.file)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.read && s.failing == "" && bytes.Equal(content, s.content) {
		return nil
	}
	if err == nil {
		err = s.apply(content)
	} else if errors.Is(err, fs.ErrNotExist) && !s.read {
		return nil
	}
	s.note(err)
	return err
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, mostContent+1))
	if err == nil && len(content) > mostContent {
		err = fmt.Errorf("%s is larger than %d bytes, which is no file of switches", path, mostContent)
	}
	return content, err
}

// note logs a failure once, not each time that the file is read.
func (s *Set) note(err error) {
	failing := ""
	if err != nil {
		failing = err.Error()
	}
	if failing != "" && failing != s.failing {
		s.log.Error("switch.file_unusable", "error", err, "file", s.file)
	}
	s.failing = failing
}

func (s *Set) apply(content []byte) error {
	var values map[string]*bool
	if err := json.Unmarshal(content, &values); err != nil {
		return fmt.Errorf("%s must be a JSON object of names and booleans, such as {\"search\": false}: %w", s.file, err)
	}
	said := make(map[string]bool, len(values))
	for name, value := range values {
		if value == nil {
			return fmt.Errorf("%s says null for %s; write true or false, or leave it out", s.file, name)
		}
		said[name] = *value
	}
	s.content, s.read, s.said = content, true, said
	for _, name := range s.names() {
		var value *bool
		if v, ok := said[name]; ok {
			value = &v
		}
		s.obey(s.switches[name], value)
	}
	s.tellUnknown()
	return nil
}

// obey does what the file says if it says something new about this switch. A
// name that left the file goes back to its preset.
func (s *Set) obey(w *Switch, value *bool) {
	if same(w.said, value) {
		return
	}
	w.said = value
	if value == nil {
		s.flip(w, w.preset, "preset, as the file names it no more")
		return
	}
	s.flip(w, *value, "file")
}

func same(a, b *bool) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// tellUnknown logs names without a switch: a misspelt one would otherwise
// look flipped to its author.
func (s *Set) tellUnknown() {
	if len(s.switches) == 0 {
		return // they are added later
	}
	var unknown []string
	for name := range s.said {
		if s.switches[name] == nil {
			unknown = append(unknown, name)
		}
	}
	if slices.Sort(unknown); len(unknown) > 0 {
		s.log.Warn("switch.unknown", "names", unknown, "file", s.file)
	}
}
