package main

import (
	"bytes"
	"fmt"

	"github.com/alicebob/miniredis/v2/server"
	"go.etcd.io/bbolt"
)

var bucket = []byte("values")

// values is what the store keeps. Each change is in the file before it is
// acknowledged.
type values struct{ db *bbolt.DB }

func openValues(db *bbolt.DB) (values, error) {
	err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	})
	if err != nil {
		return values{}, fmt.Errorf("preparing the file: %w", err)
	}
	return values{db}, nil
}

// command is one of Redis' commands with its exact number of arguments.
type command struct {
	name      string
	arguments int
	run       func(c *server.Peer, args []string) error
}

// checked answers with an error as Redis does: wrong arguments never reach
// the command, and a failure never looks like an answer.
func (k command) checked(c *server.Peer, _ string, args []string) {
	if len(args) != k.arguments {
		c.WriteError("ERR wrong number of arguments for " + k.name)
		return
	}
	if err := k.run(c, args); err != nil {
		c.WriteError("ERR " + err.Error())
	}
}

func (v values) commands() []command {
	return []command{
		{"PING", 0, func(c *server.Peer, _ []string) error { c.WriteInline("PONG"); return nil }},
		{"GET", 1, v.get},
		{"SET", 2, v.set},
		{"SETNX", 2, v.setNew},
		{"DEL", 1, v.del},
	}
}

func (v values) get(c *server.Peer, args []string) error {
	var value []byte
	err := v.db.View(func(tx *bbolt.Tx) error {
		value = bytes.Clone(tx.Bucket(bucket).Get([]byte(args[0])))
		return nil
	})
	switch {
	case err != nil:
		return err
	case value == nil:
		c.WriteNull()
	default:
		c.WriteBulk(string(value))
	}
	return nil
}

func (v values) set(c *server.Peer, args []string) error {
	err := v.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).Put([]byte(args[0]), []byte(args[1]))
	})
	if err == nil {
		c.WriteOK()
	}
	return err
}

// setNew answers 1 when it set the key and 0 when there was one.
func (v values) setNew(c *server.Peer, args []string) error {
	set := 0
	err := v.db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket(bucket).Get([]byte(args[0])) != nil {
			return nil
		}
		set = 1
		return tx.Bucket(bucket).Put([]byte(args[0]), []byte(args[1]))
	})
	if err == nil {
		c.WriteInt(set)
	}
	return err
}

// del answers how many keys it removed.
func (v values) del(c *server.Peer, args []string) error {
	removed := 0
	err := v.db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket(bucket).Get([]byte(args[0])) != nil {
			removed = 1
		}
		return tx.Bucket(bucket).Delete([]byte(args[0]))
	})
	if err == nil {
		c.WriteInt(removed)
	}
	return err
}
