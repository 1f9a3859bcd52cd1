//go:build unix

package kittest

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// postgresDir finds where the binaries lie together: on the PATH, behind the
// links there, or where Debian keeps one directory per version, newest first.
func postgresDir() (string, error) {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(debian, func(a, b string) int { return postgresVersion(b) - postgresVersion(a) })
	for _, dir := range append(dirs, debian...) {
		if hasAll(dir, "initdb", "postgres", "psql") {
			return filepath.Abs(dir)
		}
	}
	return "", errors.New("no PostgreSQL (initdb, postgres and psql) on the PATH or in /usr/lib/postgresql/*/bin; install it: apt-get install postgresql (Debian), brew install postgresql (macOS)")
}

func postgresVersion(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

func hasAll(dir string, names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		_, err := exec.LookPath(filepath.Join(dir, name))
		return err != nil
	})
}

// postgresAccount returns whom the server runs as: nil for ourselves. It
// refuses to run as root, as which tests in containers often run.
func postgresAccount() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no account postgres or nobody to run it as; run the tests as a plain user")
}
