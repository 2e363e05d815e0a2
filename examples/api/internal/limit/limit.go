// Package limit counts attempts in a window: in Redis where replicas share one, else in this process.
package limit

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	window  = 5 * time.Minute
	allowed = 10

	redisTimeout = 500 * time.Millisecond
)

// Attempts counts by key.
type Attempts struct {
	shared *redis.Client
	mutex  sync.Mutex
	own    map[string]count
	now    func() time.Time
}

type count struct {
	number int
	until  time.Time
}

// New makes a counter; an empty address counts in this process. It does not connect yet.
func New(address string) (*Attempts, error) {
	a := &Attempts{own: map[string]count{}, now: time.Now}
	if address != "" {
		options, err := redis.ParseURL(address)
		if err != nil {
			return nil, fmt.Errorf("REDIS_URL: not an address like redis://host:6379/0")
		}
		// One short try: a sign-in waits for it.
		options.MaxRetries, options.DialTimeout, options.ReadTimeout = -1, redisTimeout, redisTimeout
		a.shared = redis.NewClient(options)
	}
	return a, nil
}

// Close ends the connection.
func (a *Attempts) Close() {
	if a.shared != nil {
		_ = a.shared.Close()
	}
}

// Allow counts one attempt. Where Redis is away it counts here: a sign-in must not depend on it.
func (a *Attempts) Allow(ctx context.Context, key string) bool {
	if a.shared != nil {
		name := "attempts:" + key
		var number *redis.IntCmd
		_, err := a.shared.TxPipelined(ctx, func(together redis.Pipeliner) error {
			together.SetNX(ctx, name, 0, window)
			number = together.Incr(ctx, name)
			return nil
		})
		if err == nil {
			return number.Val() <= allowed
		}
	}
	return a.allowHere(key)
}

func (a *Attempts) allowHere(key string) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	now := a.now()
	for old, found := range a.own {
		if now.After(found.until) {
			delete(a.own, old)
		}
	}
	found, ok := a.own[key]
	if !ok {
		found.until = now.Add(window)
	}
	found.number++
	a.own[key] = found
	return found.number <= allowed
}
