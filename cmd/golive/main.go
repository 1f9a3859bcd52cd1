// Golive proves whether a network service is ready for production: it reads
// the service's repository, runs the service, breaks what it depends on, and
// says requirement by requirement what held, with the evidence.
//
//	golive review [DIR]       collect, drill, judge, report
//	golive judge FILE         judge saved evidence again
//	golive drill [DIR] [NAME] run drills and show their timelines
//	golive explain [ID]       a requirement: why, how it is judged, its remedy
//	golive list               the standard
//	golive init [DIR]         write golive.yaml from what the repository says
//
// It exits with 0 when the gates hold, 1 when golive itself failed, 2 for
// wrong usage or a wrong golive.yaml, and 3 when a gate does not hold.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/golive-dev/golive/service"
)

// The exit codes of the command line's contract.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitClosed = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// A second signal is not caught: it ends golive at once, and the rig's
	// warden ends the rest.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run runs one command line and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := &cli{stdout: stdout, stderr: stderr}
	root := c.root()
	root.SetArgs(args)
	root.SetContext(ctx)
	return c.exitCode(ctx, root.Execute())
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "golive",
		Short:         "Prove whether a service is ready for production",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          isVerb,
		RunE: func(*cobra.Command, []string) error {
			return usagef("say what to do: golive review DIR is the main job, golive --help lists the others")
		},
		SuggestionsMinimumDistance: 2,
	}
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return seeHelp(cmd, err) })
	root.SetHelpCommand(c.helpVerb())
	for _, verb := range []*cobra.Command{
		c.reviewVerb(), c.judgeVerb(), c.drillVerb(), c.explainVerb(), c.listVerb(), c.initVerb(),
	} {
		verb.Args = asUsage(verb.Args)
		root.AddCommand(verb)
	}
	return root
}

// cli is what the verbs share.
type cli struct {
	stdout, stderr io.Writer
}

// sayf writes a line to stderr, in the command's voice.
func (c *cli) sayf(format string, args ...any) {
	fmt.Fprintf(c.stderr, "golive: "+format+"\n", args...)
}

// usageError is an error of the one who typed the command or wrote the file.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errClosed says that a gate does not hold. The report has said why.
var errClosed = errors.New("a gate does not hold")

// isVerb is asked about the words that no verb took.
func isVerb(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		return usagef("there is no verb %q, perhaps %s was meant; golive --help lists the verbs", args[0], near[0])
	}
	return usagef("there is no verb %q; golive --help lists the verbs", args[0])
}

// helpVerb is cobra's own, except that it fails on a verb that there is not.
func (c *cli) helpVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "help [VERB]",
		Short: "Tell more about a verb",
		RunE: func(cmd *cobra.Command, args []string) error {
			verb, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 && verb == cmd.Root() {
				return isVerb(cmd.Root(), args)
			}
			verb.InitDefaultHelpFlag()
			return verb.Help()
		},
	}
}

func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		return seeHelp(cmd, check(cmd, args))
	}
}

func seeHelp(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	return usagef("%w; see %s --help", err, cmd.CommandPath())
}

func (c *cli) exitCode(ctx context.Context, err error) int {
	var usage usageError
	var declared service.Errors
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errClosed):
		return exitClosed
	case errors.As(err, &declared):
		for _, e := range declared {
			c.sayf("%v", e)
		}
		return exitUsage
	case errors.As(err, &usage):
		c.sayf("%s", lines(err.Error()))
		return exitUsage
	case ctx.Err() != nil:
		c.sayf("interrupted; all that was started has been ended")
		return exitFailed
	}
	c.sayf("%s", lines(err.Error()))
	return exitFailed
}

// lines gives every line of a long message the command's prefix.
func lines(text string) string {
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\ngolive: ")
}
