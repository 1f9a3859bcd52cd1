// Reviewer starts a rig with a trial and then dies in the way that its
// argument names, so that a test can look for what it left.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig"
	"github.com/golive-dev/golive/service"
)

func main() {
	ctx := context.Background()
	r, err := rig.New(ctx, rig.Options{Dir: ".", Service: &service.Service{
		Name: "doomed",
		Run:  service.Run{Command: []string{os.Args[2]}, Env: []service.Pair{{Name: "PORT", Value: "${port}"}, {Name: "MODE", Value: "daemon"}}},
	}})
	must(err)
	t, err := r.NewTrial(ctx, evidence.NewRecorder("death").Trial("death"))
	must(err)
	must(t.Start(ctx, rig.StartOptions{}))
	must(t.AwaitServing(ctx))
	fmt.Println(t.URL())
	if os.Args[1] == "panic" {
		go func() { panic("as a defect would") }()
	}
	time.Sleep(time.Hour)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
