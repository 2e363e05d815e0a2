package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"nextcore.example/api/internal/objects"
	"nextcore.example/api/internal/pictures"
	"nextcore.example/api/internal/store"
)

const (
	originalValid = 5 * time.Minute
	maxTitle      = 200
	pageSize      = 24
	maxPageSize   = 100
	cleanupTime   = 10 * time.Second
)

type variantView struct {
	URL    string `json:"url"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Format string `json:"format"`
}

type imageView struct {
	ID        string        `json:"id"`
	Title     string        `json:"title"`
	Status    string        `json:"status"`
	Width     int           `json:"width"`
	Height    int           `json:"height"`
	Variants  []variantView `json:"variants"`
	CreatedAt time.Time     `json:"createdAt"`
}

func (s *server) view(image store.Image) imageView {
	view := imageView{image.ID, image.Title, image.Status, image.Width, image.Height, []variantView{}, image.CreatedAt.UTC()}
	for _, v := range image.Variants {
		view.Variants = append(view.Variants, variantView{s.Settings.ImageBase + "/" + v.Key, v.Width, v.Height, v.Format})
	}
	return view
}

func title(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || utf8.RuneCountInString(text) > maxTitle {
		return "", invalid("title", "a title has 1 to %d characters", maxTitle)
	}
	return text, nil
}

// startUpload answers with where and how the client uploads its file itself.
func (s *server) startUpload(w http.ResponseWriter, r *http.Request) error {
	var given struct {
		Title       string `json:"title"`
		ContentType string `json:"contentType"`
		Size        int64  `json:"size"`
	}
	if err := body(w, r, &given); err != nil {
		return err
	}
	name, err := title(given.Title)
	if err != nil {
		return err
	}
	limits := s.Settings.Upload
	if !slices.Contains(limits.Types, given.ContentType) {
		return invalid("contentType", "%q is not one of %s", given.ContentType, strings.Join(limits.Types, ", "))
	}
	if given.Size <= 0 || given.Size > limits.MaxBytes {
		return invalid("size", "a file has 1 to %d bytes", limits.MaxBytes)
	}
	image, err := s.Store.AddImage(r.Context(), caller(r).ID, name, given.ContentType, given.Size)
	if err != nil {
		return err
	}
	upload, err := s.Objects.PresignUpload(r.Context(), image.ID, given.ContentType, given.Size, limits.Valid)
	if err != nil {
		return err
	}
	write(w, http.StatusCreated, map[string]any{"id": image.ID, "upload": upload})
	return nil
}

// processUpload makes the derived images of what was uploaded. A second call answers with what the first one made.
func (s *server) processUpload(w http.ResponseWriter, r *http.Request) error {
	image, err := s.owned(r)
	if err != nil {
		return err
	}
	if image.Status == store.Ready {
		write(w, http.StatusOK, s.view(image))
		return nil
	}
	if image.Status == store.Refused {
		return invalid("", "this upload was refused; start a new one")
	}
	data, err := s.Objects.Upload(r.Context(), image.ID, s.Settings.Upload.MaxBytes)
	if errors.Is(err, objects.ErrNotFound) {
		return failure{http.StatusConflict, "not_uploaded", "upload the file first", ""}
	}
	if err != nil {
		return err
	}
	if found := http.DetectContentType(data); found != image.ContentType {
		return s.refuse(r.Context(), image.ID, invalid("contentType", "the file is %s, not %s", found, image.ContentType))
	}
	made, err := s.Pictures.Make(r.Context(), data)
	if errors.Is(err, pictures.ErrNotAnImage) || errors.Is(err, pictures.ErrTooLarge) {
		return s.refuse(r.Context(), image.ID, invalid("", "%s", err))
	}
	if err != nil {
		return err
	}
	variants := make([]store.Variant, 0, len(made.Variants))
	for _, v := range made.Variants {
		key := fmt.Sprintf("%s/%d.%s", image.ID, v.Width, v.Format)
		if err := s.Objects.PutDerived(r.Context(), key, "image/"+v.Format, v.Data); err != nil {
			return err
		}
		variants = append(variants, store.Variant{Key: key, Width: v.Width, Height: v.Height, Format: v.Format})
	}
	if err := s.Objects.Keep(r.Context(), image.ID, image.ContentType, data); err != nil {
		return err
	}
	done, err := s.Store.FinishImage(r.Context(), image.ID, made.Width, made.Height, variants)
	if errors.Is(err, store.ErrNotFound) { // another call finished it
		done, err = s.Store.Image(r.Context(), image.ID)
	}
	if err != nil {
		return err
	}
	write(w, http.StatusCreated, s.view(done))
	return nil
}

// refuse removes an upload that is no image, also where the caller has gone.
func (s *server) refuse(ctx context.Context, id string, because failure) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	if err := errors.Join(s.Objects.Discard(ctx, id), s.Store.RefuseImage(ctx, id)); err != nil {
		return err
	}
	return because
}

func (s *server) listImages(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	limit := pageSize
	if text := query.Get("limit"); text != "" {
		number, err := strconv.Atoi(text)
		if err != nil || number < 1 || number > maxPageSize {
			return invalid("limit", "a number from 1 to %d", maxPageSize)
		}
		limit = number
	}
	var before time.Time
	if text := query.Get("before"); text != "" {
		parsed, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return invalid("before", "a time like 2026-11-21T08:00:00Z")
		}
		before = parsed
	}
	found, err := s.Store.ReadyImages(r.Context(), before, limit)
	if err != nil {
		return err
	}
	views := make([]imageView, 0, len(found))
	for _, image := range found {
		views = append(views, s.view(image))
	}
	write(w, http.StatusOK, map[string]any{"images": views})
	return nil
}

func (s *server) showImage(w http.ResponseWriter, r *http.Request) error {
	image, err := s.Store.Image(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if image.Status != store.Ready {
		return store.ErrNotFound
	}
	write(w, http.StatusOK, s.view(image))
	return nil
}

func (s *server) showOriginal(w http.ResponseWriter, r *http.Request) error {
	image, err := s.owned(r)
	if err != nil {
		return err
	}
	if image.Status != store.Ready {
		return store.ErrNotFound
	}
	signed, err := s.Objects.PresignOriginal(r.Context(), image.ID, originalValid)
	if err != nil {
		return err
	}
	write(w, http.StatusOK, signed)
	return nil
}

func (s *server) renameImage(w http.ResponseWriter, r *http.Request) error {
	var given struct {
		Title string `json:"title"`
	}
	if err := body(w, r, &given); err != nil {
		return err
	}
	name, err := title(given.Title)
	if err != nil {
		return err
	}
	image, err := s.Store.RenameImage(r.Context(), r.PathValue("id"), caller(r).ID, name)
	if err != nil {
		return err
	}
	write(w, http.StatusOK, s.view(image))
	return nil
}

func (s *server) deleteImage(w http.ResponseWriter, r *http.Request) error {
	image, err := s.Store.DeleteImage(r.Context(), r.PathValue("id"), caller(r).ID)
	if err != nil {
		return err
	}
	var derived []string
	for _, v := range image.Variants {
		derived = append(derived, v.Key)
	}
	if err := s.Objects.Delete(r.Context(), image.ID, derived); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// owned is the caller's own image; another's is as little there as one that never was.
func (s *server) owned(r *http.Request) (store.Image, error) {
	image, err := s.Store.Image(r.Context(), r.PathValue("id"))
	if err == nil && image.Owner != caller(r).ID {
		err = store.ErrNotFound
	}
	return image, err
}
