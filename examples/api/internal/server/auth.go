package server

import (
	"errors"
	"net/http"
	"net/mail"
	"strings"

	"nextcore.example/api/internal/password"
	"nextcore.example/api/internal/store"
)

const (
	minPassword = 10
	maxPassword = 128 // a bound, so that a request cannot make the hash expensive
)

type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

func (c *credentials) check() error {
	c.Email = strings.TrimSpace(c.Email)
	parsed, err := mail.ParseAddress(c.Email)
	if err != nil || parsed.Address != c.Email || len(c.Email) > 254 {
		return invalid("email", "this is no e-mail address")
	}
	if len(c.Password) < minPassword || len(c.Password) > maxPassword {
		return invalid("password", "a password has %d to %d characters", minPassword, maxPassword)
	}
	return nil
}

func (s *server) signUp(w http.ResponseWriter, r *http.Request) error {
	var given credentials
	if err := body(w, r, &given); err != nil {
		return err
	}
	if err := given.check(); err != nil {
		return err
	}
	hash, err := password.Hash(r.Context(), given.Password)
	if err != nil {
		return err
	}
	user, err := s.Store.AddUser(r.Context(), given.Email, hash)
	if errors.Is(err, store.ErrTaken) {
		return failure{http.StatusConflict, "taken", "this address has an account", "email"}
	}
	if err != nil {
		return err
	}
	write(w, http.StatusCreated, map[string]store.User{"user": user})
	return nil
}

// signIn says whose the credentials are. It issues no token: the front end does, and is the only one that can.
func (s *server) signIn(w http.ResponseWriter, r *http.Request) error {
	var given credentials
	if err := body(w, r, &given); err != nil {
		return err
	}
	if !s.Attempts.Allow(r.Context(), "sign-in:"+strings.ToLower(strings.TrimSpace(given.Email))) {
		return failure{http.StatusTooManyRequests, "too_many", "too many attempts; try again in a few minutes", ""}
	}
	user, err := s.Store.UserByEmail(r.Context(), strings.TrimSpace(given.Email))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	matches, err := password.Matches(r.Context(), given.Password[:min(len(given.Password), maxPassword+1)], user.PasswordHash)
	if err != nil {
		return err
	}
	if !matches {
		return failure{http.StatusUnauthorized, "wrong_credentials", "e-mail or password is wrong", ""}
	}
	w.Header().Set("Cache-Control", "no-store")
	write(w, http.StatusOK, map[string]store.User{"user": user})
	return nil
}

func (s *server) me(w http.ResponseWriter, r *http.Request) error {
	user := caller(r)
	write(w, http.StatusOK, map[string]store.User{"user": {ID: user.ID, Email: user.Email}})
	return nil
}
