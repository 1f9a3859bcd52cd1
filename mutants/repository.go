package main

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed all:repository
var repository embed.FS

// The words in golive.yaml that stand for the running executable and for the
// mutant's name.
const (
	programWord = "THE_PROGRAM"
	mutantWord  = "THE_MUTANT"
)

// writeRepository writes into dir what golive reviews: the healthy service's
// repository, whose command runs the mutant called name out of this very
// executable.
func writeRepository(name, dir string) error {
	if _, err := behave(name); err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this executable: %w", err)
	}
	words := strings.NewReplacer(programWord, strconv.Quote(program), mutantWord, strconv.Quote(name))
	return fs.WalkDir(repository, "repository", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(path, "repository")))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		text, err := repository.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, []byte(words.Replace(string(text))), 0o644)
	})
}
