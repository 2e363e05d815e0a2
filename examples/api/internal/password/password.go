// Package password hashes passwords with argon2id.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The first of the OWASP password storage cheat sheet's equal choices: 19 MiB, two passes, one lane.
const (
	memoryKiB = 19 * 1024
	passes    = 2
	lanes     = 1
	saltBytes = 16
	hashBytes = 32
)

// At most this many hashes run at once, so that a burst of sign-ins takes 76 MiB and not the container's memory.
var slots = make(chan struct{}, 4)

// ErrFormat says that a stored hash is none of ours.
var ErrFormat = errors.New("not an argon2id hash")

// absent is compared with where there is no such user: the answer takes as long as for a wrong password.
var absent = encode(make([]byte, saltBytes), make([]byte, hashBytes), memoryKiB, passes, lanes)

// Hash returns the PHC text of a password.
func Hash(ctx context.Context, plain string) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails
	if err := enter(ctx); err != nil {
		return "", err
	}
	defer leave()
	return encode(salt, argon2.IDKey([]byte(plain), salt, passes, memoryKiB, lanes, hashBytes), memoryKiB, passes, lanes), nil
}

// Matches tells whether a password is the one of a PHC text. An empty text matches nothing, in the same time.
func Matches(ctx context.Context, plain, stored string) (bool, error) {
	known := stored != ""
	if !known {
		stored = absent
	}
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, ErrFormat
	}
	var memory, rounds uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &rounds, &threads); err != nil {
		return false, ErrFormat
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	want, hashErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || hashErr != nil || len(want) == 0 {
		return false, ErrFormat
	}
	if err := enter(ctx); err != nil {
		return false, err
	}
	defer leave()
	got := argon2.IDKey([]byte(plain), salt, rounds, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

func encode(salt, hash []byte, memory, rounds, threads int) string {
	text := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, rounds, threads, text.EncodeToString(salt), text.EncodeToString(hash))
}

func enter(ctx context.Context) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func leave() { <-slots }
