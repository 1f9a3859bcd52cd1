// Command mutants is a small HTTP service that breaks exactly one behaviour
// at a time. golive is calibrated with it: each drill and check that judges a
// running service has a mutant that must fail it, for its own reason and no
// other, while the healthy service passes them all.
//
//	mutants -list                    name, requirement and sentence of each mutant
//	mutants -repository NAME DIR     writes a repository that golive can review
//	mutants -break NAME              runs the service, as that repository does
//
// NAME is a mutant's or "healthy". A mutant is one file, break_NAME.go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// run returns the exit code: 2 for a wrong command line, else the service's
// own, or 0.
func run(ctx context.Context, args []string, lookup func(string) (string, bool), out, errs io.Writer) int {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(errs)
	list := flags.Bool("list", false, "print name, requirement and sentence of each mutant, separated by tabs")
	repository := flags.Bool("repository", false, "write the repository of the mutant NAME into DIR, the two arguments")
	name := flags.String("break", healthy, "the mutant to run")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	err := error(nil)
	switch {
	case *list:
		err = writeList(out)
	case *repository && flags.NArg() == 2:
		err = writeRepository(flags.Arg(0), flags.Arg(1))
	case *repository || flags.NArg() > 0:
		flags.Usage()
		return 2
	default:
		b, unknown := behave(*name)
		if unknown == nil {
			return serve(ctx, b, lookup, out)
		}
		err = unknown
	}
	if err != nil {
		fmt.Fprintf(errs, "mutants: %v\n", err)
		return 2
	}
	return 0
}
