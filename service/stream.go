package service

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// UnmarshalJSON reads what encoding/json writes for a Service. Numbers in the
// JSON of bodies stay as they were written, as [json.Number], so that nothing
// is lost on the way through a stream of evidence.
func (s *Service) UnmarshalJSON(text []byte) error {
	type fields Service // without this method
	var read fields
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&read); err != nil {
		return fmt.Errorf("read a service from JSON: %w", err)
	}
	*s = Service(read)
	return nil
}
