package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/golive-dev/golive/service"
)

func (c *cli) initVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write golive.yaml from what the repository already says",
		Long: `Init reads the Dockerfile, Kubernetes manifests, catalog-info.yaml, CODEOWNERS
and OpenAPI documents in DIR and writes a golive.yaml from them. Every guess
is marked with where it comes from. An existing golive.yaml is left alone.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := dirOf(args)
			if err := isDir(dir); err != nil {
				return err
			}
			draft, err := service.Discover(dir)
			if err != nil {
				return fmt.Errorf("reading %s: %w", dir, err)
			}
			path := filepath.Join(dir, service.FileName)
			file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return usagef("%s is there already; remove it first to begin anew", path)
			}
			if err != nil {
				return fmt.Errorf("writing %s: %w", path, err)
			}
			_, err = file.Write(draft.YAML())
			if err := errors.Join(err, file.Close()); err != nil {
				return fmt.Errorf("writing %s: %w", path, err)
			}
			c.sayf("wrote %s; check each line that is marked as a guess, then run %s", path, command("review", dir))
			return nil
		},
	}
}
