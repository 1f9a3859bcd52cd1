package service

import (
	"fmt"
	"strings"
)

// Where returns the place of a dotted key, "golive.yaml:12", or that of the
// nearest key around it which is written.
func (s *Service) Where(key string) string {
	for key != "" {
		if line := s.Lines[key]; line > 0 {
			return fmt.Sprintf("%s:%d", FileName, line)
		}
		key = key[:max(0, strings.LastIndexByte(key, '.'))]
	}
	return FileName
}
