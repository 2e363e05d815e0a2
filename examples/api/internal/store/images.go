package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Status of an image: uploaded or not yet, processed, or found to be none.
const (
	Pending = "pending"
	Ready   = "ready"
	Refused = "refused"
)

// Variant is a derived image's place in its bucket.
type Variant struct {
	Key    string `json:"key"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Format string `json:"format"`
}

// Image is a row of images.
type Image struct {
	ID          string
	Owner       string
	Title       string
	ContentType string
	Bytes       int64
	Status      string
	Width       int
	Height      int
	Variants    []Variant
	CreatedAt   time.Time
}

const imageColumns = "id, owner, title, content_type, bytes, status, width, height, variants, created_at"

func scanImage(row pgx.Row) (Image, error) {
	var i Image
	err := row.Scan(&i.ID, &i.Owner, &i.Title, &i.ContentType, &i.Bytes, &i.Status, &i.Width, &i.Height, &i.Variants, &i.CreatedAt)
	return i, told(err)
}

// AddImage makes a pending image.
func (s *Store) AddImage(ctx context.Context, owner, title, contentType string, bytes int64) (Image, error) {
	db, err := s.db(ctx)
	if err != nil {
		return Image{}, err
	}
	return scanImage(db.QueryRow(ctx, "INSERT INTO images (owner, title, content_type, bytes) VALUES ($1, $2, $3, $4) RETURNING "+imageColumns,
		owner, title, contentType, bytes))
}

// Image finds an image of whatever status.
func (s *Store) Image(ctx context.Context, id string) (Image, error) {
	db, err := s.db(ctx)
	if err != nil {
		return Image{}, err
	}
	return scanImage(db.QueryRow(ctx, "SELECT "+imageColumns+" FROM images WHERE id = $1", id))
}

// ReadyImages are the newest processed images before a time; zero: from now.
func (s *Store) ReadyImages(ctx context.Context, before time.Time, limit int) ([]Image, error) {
	db, err := s.db(ctx)
	if err != nil {
		return nil, err
	}
	query := "SELECT " + imageColumns + " FROM images WHERE status = 'ready' AND ($1::timestamptz IS NULL OR created_at < $1) ORDER BY created_at DESC, id DESC LIMIT $2"
	var from *time.Time
	if !before.IsZero() {
		from = &before
	}
	rows, err := db.Query(ctx, query, from, limit)
	if err != nil {
		return nil, told(err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Image, error) { return scanImage(row) })
}

// FinishImage says that a pending image was processed. ErrNotFound where it is not pending any more.
func (s *Store) FinishImage(ctx context.Context, id string, width, height int, variants []Variant) (Image, error) {
	db, err := s.db(ctx)
	if err != nil {
		return Image{}, err
	}
	return scanImage(db.QueryRow(ctx, "UPDATE images SET status = 'ready', width = $2, height = $3, variants = $4 WHERE id = $1 AND status = 'pending' RETURNING "+imageColumns,
		id, width, height, variants))
}

// RefuseImage says that a pending image is none.
func (s *Store) RefuseImage(ctx context.Context, id string) error {
	db, err := s.db(ctx)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, "UPDATE images SET status = 'refused' WHERE id = $1 AND status = 'pending'", id)
	return told(err)
}

// RenameImage changes the title of an owner's image.
func (s *Store) RenameImage(ctx context.Context, id, owner, title string) (Image, error) {
	db, err := s.db(ctx)
	if err != nil {
		return Image{}, err
	}
	return scanImage(db.QueryRow(ctx, "UPDATE images SET title = $3 WHERE id = $1 AND owner = $2 RETURNING "+imageColumns, id, owner, title))
}

// DeleteImage removes an owner's image and returns it as it was.
func (s *Store) DeleteImage(ctx context.Context, id, owner string) (Image, error) {
	db, err := s.db(ctx)
	if err != nil {
		return Image{}, err
	}
	return scanImage(db.QueryRow(ctx, "DELETE FROM images WHERE id = $1 AND owner = $2 RETURNING "+imageColumns, id, owner))
}
