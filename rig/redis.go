package rig

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/golive-dev/golive/service"
)

// redisLimit bounds the start of an instance, which takes milliseconds.
const redisLimit = 30 * time.Second

// redis starts an instance for each trial: it is ready in milliseconds, and
// a cache that one trial filled would hide a broken dependency from another.
type redis struct {
	rig  *Rig
	key  string
	path string
}

// findRedis proves with one instance that the binary works.
func (r *Rig) findRedis(ctx context.Context, d service.Dependency) (backend, error) {
	b := &redis{rig: r, key: "dependencies." + d.Name}
	var err error
	if b.path, err = redisPath(); err != nil {
		return nil, &StartError{Reason: b.key + ": kind redis needs redis-server; install Redis (apt-get install redis-server, brew install redis), or add run: or url:"}
	}
	first, err := b.share(ctx, d.Name)
	if err != nil {
		return nil, err
	}
	first.giveBack()
	return b, nil
}

func (b *redis) share(ctx context.Context, trial string) (*share, error) {
	dir, tmp, err := b.rig.scratchFor("redis-" + trial)
	if err != nil {
		return nil, err
	}
	proc, addr, err := b.rig.listen(ctx, starting{
		what: b.key, limit: redisLimit,
		command: func(port int) (command, error) {
			return command{
				path: b.path, dir: dir, env: baseEnvironment(tmp).strings(),
				args: []string{"redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1",
					"--dir", dir, "--save", "", "--appendonly", "no", "--daemonize", "no"},
			}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	return &share{addr: addr, link: url.URL{Scheme: "redis"}, release: proc.kill}, nil
}

func (b *redis) close() {}
