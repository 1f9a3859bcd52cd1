package measure

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// connections is enough to keep one core of a server busy.
const connections = 16

// Load asks a server on addr for GET /users/42 as fast as it answers, over
// keep-alive connections for the time d, and returns the number of good
// answers. Any other answer is an error.
func Load(ctx context.Context, addr string, sampled bool, d time.Duration) (int64, error) {
	ctx, stop := context.WithTimeout(ctx, d)
	defer stop()
	request := []byte("GET /users/42 HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nTraceparent: " +
		Traceparent(sampled) + "\r\n\r\n")
	var (
		answers atomic.Int64
		failed  = make(chan error, connections)
		group   sync.WaitGroup
	)
	for range connections {
		group.Go(func() {
			if err := ask(ctx, addr, request, &answers); err != nil {
				failed <- err
			}
		})
	}
	group.Wait()
	select {
	case err := <-failed:
		return answers.Load(), err
	default:
		return answers.Load(), nil
	}
}

// ask sends one request after another on a connection of its own.
func ask(ctx context.Context, addr string, request []byte, answers *atomic.Int64) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return fmt.Errorf("connect to the server under load: %w", err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for ctx.Err() == nil {
		if _, err := conn.Write(request); err != nil {
			return fmt.Errorf("send a request: %w", err)
		}
		if err := readAnswer(in); err != nil {
			return err
		}
		answers.Add(1)
	}
	return nil
}

var length = []byte("Content-Length: ")

// readAnswer reads one answer with a body of stated length.
func readAnswer(in *bufio.Reader) error {
	status, err := in.ReadSlice('\n')
	if err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("the server under load answered %q", status)
	}
	size := -1
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("read an answer's head: %w", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if bytes.HasPrefix(line, length) {
			if size, err = strconv.Atoi(string(line[len(length):])); err != nil {
				return fmt.Errorf("read an answer's length: %w", err)
			}
		}
	}
	if size < 0 {
		return fmt.Errorf("the server under load gave no Content-Length")
	}
	_, err = in.Discard(size)
	return err
}
