// Package server is the HTTP face of the API. Every answer is JSON, errors too.
package server

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/rs/cors"

	"nextcore.example/api/internal/config"
	"nextcore.example/api/internal/objects"
	"nextcore.example/api/internal/pictures"
	"nextcore.example/api/internal/store"
	"nextcore.example/api/internal/token"
)

const preflightSeconds = 600

// Database is what the handlers need of PostgreSQL.
type Database interface {
	AddUser(ctx context.Context, email, passwordHash string) (store.User, error)
	UserByEmail(ctx context.Context, email string) (store.User, error)
	AddImage(ctx context.Context, owner, title, contentType string, bytes int64) (store.Image, error)
	Image(ctx context.Context, id string) (store.Image, error)
	ReadyImages(ctx context.Context, before time.Time, limit int) ([]store.Image, error)
	FinishImage(ctx context.Context, id string, width, height int, variants []store.Variant) (store.Image, error)
	RefuseImage(ctx context.Context, id string) error
	RenameImage(ctx context.Context, id, owner, title string) (store.Image, error)
	DeleteImage(ctx context.Context, id, owner string) (store.Image, error)
}

// Buckets is what the handlers need of the object store.
type Buckets interface {
	PresignUpload(ctx context.Context, id, contentType string, size int64, valid time.Duration) (objects.Request, error)
	Upload(ctx context.Context, id string, limit int64) ([]byte, error)
	Keep(ctx context.Context, id, contentType string, data []byte) error
	Discard(ctx context.Context, id string) error
	PutDerived(ctx context.Context, key, contentType string, data []byte) error
	PresignOriginal(ctx context.Context, id string, valid time.Duration) (objects.Request, error)
	Delete(ctx context.Context, id string, derived []string) error
	Derived(ctx context.Context, key string) (objects.Object, error)
}

// Tokens verifies who calls.
type Tokens interface {
	Verify(ctx context.Context, raw string) (token.User, error)
}

// Attempts counts sign-ins.
type Attempts interface {
	Allow(ctx context.Context, key string) bool
}

// Parts is what the server is made of.
type Parts struct {
	Settings config.Config
	Store    Database
	Objects  Buckets
	Tokens   Tokens
	Pictures *pictures.Maker
	Attempts Attempts
	Log      *slog.Logger
}

type server struct{ Parts }

// New wires the routes.
func New(parts Parts) http.Handler {
	s := &server{parts}
	mux := http.NewServeMux()
	// Nothing is asked here, least of all the database: the platform starts and stops by this answer.
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		write(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	routes := map[string]handler{
		"POST /api/auth/users":          s.signUp,
		"POST /api/auth/sign-in":        s.signIn,
		"GET /api/auth/me":              s.signedIn(s.me),
		"POST /api/uploads":             s.signedIn(s.startUpload),
		"POST /api/images/{id}/process": s.signedIn(s.processUpload),
		"GET /api/images":               s.listImages,
		"GET /api/images/{id}":          s.showImage,
		"GET /api/images/{id}/original": s.signedIn(s.showOriginal),
		"PATCH /api/images/{id}":        s.signedIn(s.renameImage),
		"DELETE /api/images/{id}":       s.signedIn(s.deleteImage),
		"GET /_images/{id}/{file}":      s.showDerived,
		"GET /.well-known/jwks.json":    s.showKeys,
		"/":                             s.notFound,
	}
	for pattern, handle := range routes {
		mux.Handle(pattern, s.told(handle))
	}
	return s.recovered(crossOrigin(parts.Settings.CORS).Handler(mux))
}

func crossOrigin(settings config.CORS) *cors.Cors {
	options := cors.Options{
		AllowedOrigins:   settings.Origins,
		AllowedMethods:   []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"},
		AllowedHeaders:   []string{"Authorization", "Content-Type"},
		AllowCredentials: settings.Credentials,
		MaxAge:           preflightSeconds,
	}
	if len(settings.Origins) == 0 { // the library takes an empty list for every origin
		options.AllowOriginFunc = func(string) bool { return false }
	}
	return cors.New(options)
}
