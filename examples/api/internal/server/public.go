package server

import (
	"io"
	"net/http"
	"regexp"
	"strconv"

	"nextcore.example/api/internal/store"
)

const (
	derivedCacheControl = "public, max-age=31536000, immutable"
	keysCacheControl    = "public, max-age=300"
)

var derivedFile = regexp.MustCompile(`^[0-9]{1,5}\.(webp|avif)$`)

// showDerived serves a derived image where no CDN stands before their bucket, which is private.
func (s *server) showDerived(w http.ResponseWriter, r *http.Request) error {
	id, file := r.PathValue("id"), r.PathValue("file")
	if !derivedFile.MatchString(file) {
		return store.ErrNotFound
	}
	found, err := s.Objects.Derived(r.Context(), id+"/"+file)
	if err != nil {
		return err
	}
	defer found.Body.Close()
	header := w.Header()
	header.Set("Content-Type", found.ContentType)
	header.Set("Cache-Control", derivedCacheControl) // a derived image never changes under its name
	header.Set("ETag", found.ETag)
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Header.Get("If-None-Match") == found.ETag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	header.Set("Content-Length", strconv.FormatInt(found.Size, 10))
	_, _ = io.Copy(w, found.Body) // the caller is gone where this fails
	return nil
}

// showKeys publishes the public keys that tokens are verified with; a shared secret is never published.
func (s *server) showKeys(w http.ResponseWriter, _ *http.Request) error {
	document := s.Settings.Token.JWKS
	if document == "" {
		return store.ErrNotFound
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", keysCacheControl)
	_, _ = io.WriteString(w, document)
	return nil
}
