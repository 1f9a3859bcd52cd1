// Peers prints what a service's full duty costs: for the bare standard
// library, for the usual composition, for the frameworks that people use, and
// for kit.
//
//	cd bench/peers && go run .
//
// Every peer runs in a process of its own with one core's worth of threads
// and takes its turn in each of several rounds; what is printed are medians
// over the rounds, and ratios are taken within a round before the median. So
// a neighbour on the machine that comes and goes changes little.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	rounds := flags.Int("rounds", 9, "how often each peer takes its turn")
	turn := flags.Duration("turn", 200*time.Millisecond, "how long a turn lasts")
	only := flags.String("only", "", "comma-separated parts of names: measure these and what they are compared with")
	child := flags.String("child", "", "be the process of this subject, driven over stdin (started by this program itself)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *child != "" {
		return beChild(*child, os.Stdin, os.NewFile(answersFD, "answers"))
	}
	if *rounds < 1 || *turn < time.Millisecond {
		return errors.New("-rounds must be at least 1 and -turn at least 1ms")
	}
	results, err := measureAll(ctx, *rounds, *turn, *only)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s/%s, %d cores, %s; %d rounds of %v\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), time.Now().Format(time.DateOnly), *rounds, *turn)
	return printTables(os.Stdout, results)
}
