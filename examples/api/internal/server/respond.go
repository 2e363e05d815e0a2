package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"nextcore.example/api/internal/objects"
	"nextcore.example/api/internal/store"
	"nextcore.example/api/internal/token"
)

const bodyLimit = 64 << 10

type handler func(w http.ResponseWriter, r *http.Request) error

// failure is an error that a caller may read.
type failure struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
	Field   string `json:"field,omitempty"`
}

func (f failure) Error() string { return f.Message }

func invalid(field, format string, values ...any) failure {
	return failure{http.StatusUnprocessableEntity, "invalid", fmt.Sprintf(format, values...), field}
}

func write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the caller is gone where this fails
}

// told turns a handler's error into an answer. What is not meant for the caller goes to the log only.
func (s *server) told(handle handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := handle(w, r)
		if err == nil {
			return
		}
		var known failure
		switch {
		case errors.As(err, &known):
		case errors.Is(err, store.ErrNotFound), errors.Is(err, objects.ErrNotFound):
			known = failure{http.StatusNotFound, "not_found", "there is nothing at this address", ""}
		case errors.Is(err, token.ErrInvalid):
			known = failure{http.StatusUnauthorized, "unauthorized", "sign in first", ""}
			s.Log.Info("token refused", "path", r.URL.Path, "reason", err.Error())
		case errors.Is(err, context.Canceled):
			return
		default:
			known = failure{http.StatusInternalServerError, "internal", "the request failed; its error is in the log", ""}
			s.Log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err.Error())
		}
		if known.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		w.Header().Set("Cache-Control", "no-store")
		write(w, known.status, map[string]failure{"error": known})
	})
}

func (s *server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if found := recover(); found != nil && found != http.ErrAbortHandler {
				s.Log.Error("panic", "path", r.URL.Path, "value", fmt.Sprint(found), "stack", string(debug.Stack()))
				write(w, http.StatusInternalServerError, map[string]failure{"error": {Code: "internal", Message: "the request failed; its error is in the log"}})
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *server) notFound(http.ResponseWriter, *http.Request) error { return store.ErrNotFound }

// body reads a JSON object into `into`.
func body(w http.ResponseWriter, r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return failure{http.StatusBadRequest, "bad_json", "the body is no JSON object as this address takes it: " + err.Error(), ""}
	}
	return nil
}

type userKey struct{}

// signedIn lets only callers with a good bearer token through.
func (s *server) signedIn(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		raw, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !found {
			return token.ErrInvalid
		}
		user, err := s.Tokens.Verify(r.Context(), raw)
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store")
		return next(w, r.WithContext(context.WithValue(r.Context(), userKey{}, user)))
	}
}

func caller(r *http.Request) token.User {
	user, _ := r.Context().Value(userKey{}).(token.User)
	return user
}
