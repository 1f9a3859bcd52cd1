package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/golive-dev/golive/bench/peers/measure"
)

// beChild is a process that holds one subject and nothing else. It says the
// address on which the subject serves (empty for a part), then answers one
// line with one line of JSON:
//
//	run unsampled 300ms   the cost of repeating that loop
//	used                  the processor time of the process so far
//
// It ends with its input.
func beChild(name string, in io.Reader, out io.Writer) error {
	loops, addr, err := bringUp(name)
	if err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	if err := answers.Encode(addr); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		cost, err := obey(strings.Fields(lines.Text()), loops)
		if err != nil {
			return err
		}
		if err := answers.Encode(cost); err != nil {
			return err
		}
	}
	return nil
}

// bringUp builds the subject and, if it is a service, serves it on loopback.
func bringUp(name string) (loops map[string]measure.Loop, addr string, err error) {
	if p, ok := findPart(name); ok {
		loop, err := p.Build()
		return map[string]measure.Loop{"": loop}, "", err
	}
	p, ok := findPeer(name)
	if !ok {
		return nil, "", fmt.Errorf("no subject is called %q", name)
	}
	service, err := buildPeer(p)
	if err != nil {
		return nil, "", err
	}
	if loops, err = loopsOf(service); err != nil {
		return nil, "", err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fmt.Errorf("serve %s: %w", name, err)
	}
	go func() { _ = http.Serve(listener, service) }() // ends with the process
	return loops, listener.Addr().String(), nil
}

func obey(order []string, loops map[string]measure.Loop) (measure.Cost, error) {
	switch {
	case len(order) == 1 && order[0] == "used":
		cpu, err := measure.ProcessCPU()
		return measure.Cost{CPU: cpu}, err
	case len(order) >= 2 && order[0] == "run":
		d, err := time.ParseDuration(order[len(order)-1])
		if err != nil {
			return measure.Cost{}, err
		}
		loop, ok := loops[strings.Join(order[1:len(order)-1], " ")]
		if !ok {
			return measure.Cost{}, fmt.Errorf("no such loop: %q", order)
		}
		return measure.Run(d, loop)
	default:
		return measure.Cost{}, fmt.Errorf("no such order: %q", order)
	}
}
