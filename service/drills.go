package service

import "strings"

// LinesForDrills returns the lines that s lacks for its drills to run, ready
// to be written into golive.yaml and changed there: where its command,
// endpoints and traffic are. It is "" when nothing is missing. A nil s, for a
// service without a golive.yaml, gets the line of its name as well.
func LinesForDrills(s *Service) string {
	var lines []string
	name := "NAME"
	if s == nil || s.Name == "" {
		lines = append(lines, "service: NAME")
	} else if safe := nameLike(s.Name); safe != "" {
		name = safe
	}
	if s == nil || len(s.Run.Command) == 0 {
		lines = append(lines, `run: {command: [bin/`+name+`], env: {PORT: "${port}"}}`)
	}
	if s == nil || s.Endpoints.Live == "" && s.Endpoints.Ready == "" {
		lines = append(lines, "endpoints: {live: /livez, ready: /readyz, metrics: /metrics}")
	}
	if s == nil || len(s.Traffic) == 0 {
		lines = append(lines, "traffic: [{name: home, request: GET /, expect: 200}]")
	}
	return strings.Join(lines, "\n")
}
