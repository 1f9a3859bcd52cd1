package rig

import (
	"os/exec"

	"github.com/golive-dev/golive/service"
)

// Missing returns the dependencies of s that this machine has no programs
// for and that are declared to be left out then.
func Missing(s *service.Service) (names []string) {
	for _, d := range s.Dependencies {
		if d.Missing == service.LeaveOut && !canBeHad(d) {
			names = append(names, d.Name)
		}
	}
	return names
}

func canBeHad(d service.Dependency) bool {
	if d.Stub != nil || d.Run != nil || d.URL != "" {
		return true
	}
	var err error
	switch d.Kind {
	case service.Postgres:
		_, err = postgresDir()
	case service.Redis:
		_, err = redisPath()
	}
	return err == nil
}

// redisPath finds a server that speaks Redis' protocol.
func redisPath() (path string, err error) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err = exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", err
}
