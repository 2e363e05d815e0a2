// Package objects keeps uploads and originals in a private bucket, derived images in another.
package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"nextcore.example/api/internal/config"
)

// ErrNotFound says that nothing was uploaded under a key.
var ErrNotFound = errors.New("no such object")

// Derived images never change under their name.
const derivedCacheControl = "public, max-age=31536000, immutable"

// Uploads that are never completed lie under this prefix, where the bucket's lifecycle removes them.
const uploadPrefix = "uploads/"

const originalPrefix = "originals/"

// Request is what a client must send to upload or download an object directly.
type Request struct {
	URL     string            `json:"url"`
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers"`
	Expires time.Time         `json:"expiresAt"`
}

// Object is what is stored under a key; Body must be closed.
type Object struct {
	Body              io.ReadCloser
	ContentType, ETag string
	Size              int64
}

// Store speaks with an S3-compatible store.
type Store struct {
	settings config.Objects
	once     sync.Once
	client   *s3.Client
	presign  *s3.PresignClient
	err      error
}

// New makes a store; it connects when it is first used.
func New(settings config.Objects) *Store { return &Store{settings: settings} }

// connect is deferred to the first use: the platform's identity may need a request of its own.
func (s *Store) connect(ctx context.Context) error {
	s.once.Do(func() {
		load := []func(*awsconfig.LoadOptions) error{awsconfig.WithRegion(s.settings.Region)}
		if s.settings.AccessKeyID != "" {
			fixed := credentials.NewStaticCredentialsProvider(s.settings.AccessKeyID, s.settings.SecretKey, "")
			load = append(load, awsconfig.WithCredentialsProvider(fixed))
		}
		shared, err := awsconfig.LoadDefaultConfig(context.WithoutCancel(ctx), load...)
		if err != nil {
			s.err = err
			return
		}
		at := func(endpoint string) *s3.Client {
			return s3.NewFromConfig(shared, func(o *s3.Options) {
				o.UsePathStyle = s.settings.PathStyle
				if endpoint != "" {
					o.BaseEndpoint = aws.String(endpoint)
				}
				// A browser cannot compute the checksum that the SDK would sign into an upload's address.
				o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
				o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
			})
		}
		s.client = at(s.settings.Endpoint)
		s.presign = s3.NewPresignClient(at(s.settings.PublicEndpoint)) // a browser does not know the internal name
	})
	return s.err
}

// PresignUpload lets a client upload exactly `size` bytes of one type: both are part of the signature.
func (s *Store) PresignUpload(ctx context.Context, id, contentType string, size int64, valid time.Duration) (Request, error) {
	if err := s.connect(ctx); err != nil {
		return Request{}, err
	}
	input := &s3.PutObjectInput{
		Bucket:        &s.settings.Originals,
		Key:           aws.String(uploadPrefix + id),
		ContentType:   &contentType,
		ContentLength: &size,
	}
	signed, err := s.presign.PresignPutObject(ctx, input, s3.WithPresignExpires(valid))
	if err != nil {
		return Request{}, err
	}
	headers := map[string]string{"Content-Type": contentType, "Content-Length": strconv.FormatInt(size, 10)}
	return Request{signed.URL, http.MethodPut, headers, time.Now().Add(valid).UTC()}, nil
}

// Upload reads what a client uploaded, at most `limit` bytes.
func (s *Store) Upload(ctx context.Context, id string, limit int64) ([]byte, error) {
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	found, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.settings.Originals, Key: aws.String(uploadPrefix + id)})
	if missing(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	defer found.Body.Close()
	data, err := io.ReadAll(io.LimitReader(found.Body, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("the upload has more than %d bytes", limit)
	}
	return data, err
}

// Keep stores an original for good and removes the upload it came from.
func (s *Store) Keep(ctx context.Context, id, contentType string, data []byte) error {
	if err := s.put(ctx, s.settings.Originals, originalPrefix+id, contentType, "", data); err != nil {
		return err
	}
	return s.Discard(ctx, id)
}

// Discard removes an upload.
func (s *Store) Discard(ctx context.Context, id string) error {
	return s.remove(ctx, s.settings.Originals, uploadPrefix+id)
}

// PutDerived stores a derived image that the CDN may keep for ever.
func (s *Store) PutDerived(ctx context.Context, key, contentType string, data []byte) error {
	return s.put(ctx, s.settings.Derived, key, contentType, derivedCacheControl, data)
}

// Derived opens a derived image.
func (s *Store) Derived(ctx context.Context, key string) (Object, error) {
	if err := s.connect(ctx); err != nil {
		return Object{}, err
	}
	found, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.settings.Derived, Key: &key})
	if missing(err) {
		return Object{}, ErrNotFound
	}
	if err != nil {
		return Object{}, err
	}
	return Object{found.Body, aws.ToString(found.ContentType), aws.ToString(found.ETag), aws.ToInt64(found.ContentLength)}, nil
}

// missing also takes a refusal for it: who may not list a bucket is not told what it lacks.
func missing(err error) bool {
	var answer *awshttp.ResponseError
	return errors.As(err, &answer) && (answer.HTTPStatusCode() == http.StatusNotFound || answer.HTTPStatusCode() == http.StatusForbidden)
}

// PresignOriginal lets a client read an original until `valid` is over.
func (s *Store) PresignOriginal(ctx context.Context, id string, valid time.Duration) (Request, error) {
	if err := s.connect(ctx); err != nil {
		return Request{}, err
	}
	input := &s3.GetObjectInput{Bucket: &s.settings.Originals, Key: aws.String(originalPrefix + id)}
	signed, err := s.presign.PresignGetObject(ctx, input, s3.WithPresignExpires(valid))
	if err != nil {
		return Request{}, err
	}
	return Request{signed.URL, http.MethodGet, map[string]string{}, time.Now().Add(valid).UTC()}, nil
}

// Delete removes an original and its derived images.
func (s *Store) Delete(ctx context.Context, id string, derived []string) error {
	errs := []error{s.remove(ctx, s.settings.Originals, originalPrefix+id), s.Discard(ctx, id)}
	for _, key := range derived {
		errs = append(errs, s.remove(ctx, s.settings.Derived, key))
	}
	return errors.Join(errs...)
}

func (s *Store) put(ctx context.Context, bucket, key, contentType, cacheControl string, data []byte) error {
	if err := s.connect(ctx); err != nil {
		return err
	}
	input := &s3.PutObjectInput{Bucket: &bucket, Key: &key, ContentType: &contentType, Body: bytes.NewReader(data)}
	if cacheControl != "" {
		input.CacheControl = &cacheControl
	}
	_, err := s.client.PutObject(ctx, input)
	return err
}

func (s *Store) remove(ctx context.Context, bucket, key string) error {
	if err := s.connect(ctx); err != nil {
		return err
	}
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	return err
}
