// Package config reads the API's settings from the environment and tells all mistakes at once.
package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DefaultPort is used where PORT is not set; Knative sets it.
const DefaultPort = "8080"

const minSecretBytes = 32 // RFC 7518, 3.2: an HS256 key has at least the 256 bits of the hash

// Config is everything that the environment decides.
type Config struct {
	Host, Port  string
	DatabaseURL string
	RedisURL    string // empty: attempts are counted in this process
	Token       Token
	Objects     Objects
	Pictures    Pictures
	Upload      Upload
	CORS        CORS
	ImageBase   string // public address of the derived images, without a slash at its end
}

// Token says what a bearer token must be signed with: a shared secret, or keys of a JWKS.
type Token struct {
	Secret, PreviousSecret string
	PreviousUntil          time.Time // zero: without end
	JWKS, JWKSURL          string
	Issuer, Audience       string // empty: any
}

// Objects is an S3-compatible store with one private and one derived bucket.
type Objects struct {
	Endpoint, PublicEndpoint string // empty: AWS's own
	Region                   string
	AccessKeyID, SecretKey   string // empty: the identity that the platform gives
	Originals, Derived       string
	PathStyle                bool
}

// Pictures is how derived images are made.
type Pictures struct {
	Widths    []int
	Formats   []string
	MaxPixels int
}

// Upload limits what a client may upload.
type Upload struct {
	MaxBytes int64
	Types    []string
	Valid    time.Duration
}

// CORS is who may call from a browser.
type CORS struct {
	Origins     []string
	Credentials bool
}

type reader struct {
	lookup func(string) (string, bool)
	errs   []error
}

// FromEnv reads the settings; the error holds one line for each mistake.
func FromEnv(lookup func(string) (string, bool)) (Config, error) {
	r := &reader{lookup: lookup}
	c := Config{
		Host:        r.text("HOST", "0.0.0.0"),
		Port:        r.text("PORT", DefaultPort),
		DatabaseURL: r.required("DATABASE_URL"),
		RedisURL:    r.text("REDIS_URL", ""),
		Token:       r.token(),
		Objects:     r.objects(),
		Pictures: Pictures{
			Widths:    r.numbers("IMAGE_WIDTHS", []int{320, 960, 1600}),
			Formats:   r.list("IMAGE_FORMATS", []string{"webp"}),
			MaxPixels: r.number("IMAGE_MAX_PIXELS", 40_000_000), // a 40-megapixel JPEG takes 60 MB decoded
		},
		Upload: Upload{
			MaxBytes: int64(r.number("UPLOAD_MAX_BYTES", 10<<20)),
			Types:    r.list("UPLOAD_TYPES", []string{"image/jpeg", "image/png", "image/webp"}),
			Valid:    time.Duration(r.number("UPLOAD_VALID_SECONDS", 600)) * time.Second,
		},
		CORS:      CORS{Origins: r.list("CORS_ALLOWED_ORIGINS", nil), Credentials: r.flag("CORS_ALLOW_CREDENTIALS")},
		ImageBase: strings.TrimRight(r.text("IMAGE_BASE", ""), "/"),
	}
	for _, format := range c.Pictures.Formats {
		if format != "webp" && format != "avif" {
			r.fail("IMAGE_FORMATS", "%q is not one of webp, avif", format)
		}
	}
	if c.CORS.Credentials && slices.Contains(c.CORS.Origins, "*") {
		r.fail("CORS_ALLOWED_ORIGINS", "`*` together with CORS_ALLOW_CREDENTIALS lets every site act for a signed-in user")
	}
	return c, errors.Join(r.errs...)
}

func (r *reader) token() Token {
	t := Token{
		Secret:         r.text("JWT_SECRET", ""),
		PreviousSecret: r.text("JWT_SECRET_PREVIOUS", ""),
		PreviousUntil:  r.time("JWT_SECRET_PREVIOUS_UNTIL"),
		JWKS:           r.text("JWT_JWKS", ""),
		JWKSURL:        r.text("JWT_JWKS_URL", ""),
		Issuer:         r.text("JWT_ISSUER", ""),
		Audience:       r.text("JWT_AUDIENCE", ""),
	}
	set := 0
	for _, value := range []string{t.Secret, t.JWKS, t.JWKSURL} {
		if value != "" {
			set++
		}
	}
	if set != 1 {
		r.fail("JWT_SECRET", "set exactly one of JWT_SECRET, JWT_JWKS and JWT_JWKS_URL; %d are set", set)
	}
	if t.Secret != "" && len(t.Secret) < minSecretBytes {
		r.fail("JWT_SECRET", "has %d bytes; HS256 needs %d", len(t.Secret), minSecretBytes)
	}
	if t.PreviousSecret != "" && len(t.PreviousSecret) < minSecretBytes {
		r.fail("JWT_SECRET_PREVIOUS", "has %d bytes; HS256 needs %d", len(t.PreviousSecret), minSecretBytes)
	}
	return t
}

// objects takes S3_* names, and R2_* ones where those are not set.
func (r *reader) objects() Objects {
	o := Objects{
		Endpoint:    r.either("ENDPOINT"),
		Region:      r.either("REGION"),
		AccessKeyID: r.either("ACCESS_KEY_ID"),
		SecretKey:   r.either("SECRET_ACCESS_KEY"),
		Originals:   r.either("BUCKET_ORIGINALS"),
		Derived:     r.either("BUCKET_DERIVED"),
		PathStyle:   r.flag("S3_PATH_STYLE"),
	}
	if account := r.text("R2_ACCOUNT_ID", ""); account != "" && o.Endpoint == "" {
		o.Endpoint = "https://" + account + ".r2.cloudflarestorage.com"
	}
	if o.Region == "" {
		o.Region = "auto"
	}
	o.PublicEndpoint = r.either("PUBLIC_ENDPOINT")
	if o.PublicEndpoint == "" {
		o.PublicEndpoint = o.Endpoint
	}
	for name, value := range map[string]string{"S3_BUCKET_ORIGINALS": o.Originals, "S3_BUCKET_DERIVED": o.Derived} {
		if value == "" {
			r.fail(name, "is missing")
		}
	}
	for name, value := range map[string]string{"S3_ENDPOINT": o.Endpoint, "S3_PUBLIC_ENDPOINT": o.PublicEndpoint} {
		if at, err := url.Parse(value); value != "" && (err != nil || at.Host == "" || !strings.HasPrefix(at.Scheme, "http")) {
			r.fail(name, "%q is no http or https address", value)
		}
	}
	if (o.AccessKeyID == "") != (o.SecretKey == "") {
		r.fail("S3_ACCESS_KEY_ID", "and S3_SECRET_ACCESS_KEY go together")
	}
	return o
}

func (r *reader) fail(name, format string, values ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s: %s", name, fmt.Sprintf(format, values...)))
}

func (r *reader) text(name, otherwise string) string {
	if value, ok := r.lookup(name); ok && value != "" {
		return value
	}
	return otherwise
}

func (r *reader) either(suffix string) string { return r.text("S3_"+suffix, r.text("R2_"+suffix, "")) }

func (r *reader) required(name string) string {
	value := r.text(name, "")
	if value == "" {
		r.fail(name, "is missing")
	}
	return value
}

func (r *reader) list(name string, otherwise []string) []string {
	text := r.text(name, "")
	if text == "" {
		return otherwise
	}
	var found []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			found = append(found, part)
		}
	}
	return found
}

func (r *reader) number(name string, otherwise int) int {
	text := r.text(name, "")
	if text == "" {
		return otherwise
	}
	value, err := strconv.Atoi(text)
	if err != nil || value <= 0 {
		r.fail(name, "%q is no whole number above 0", text)
	}
	return value
}

func (r *reader) numbers(name string, otherwise []int) []int {
	var found []int
	for _, part := range r.list(name, nil) {
		value, err := strconv.Atoi(part)
		if err != nil || value <= 0 {
			r.fail(name, "%q is no whole number above 0", part)
		}
		found = append(found, value)
	}
	if found == nil {
		return otherwise
	}
	slices.Sort(found)
	return found
}

func (r *reader) flag(name string) bool {
	text := r.text(name, "false")
	value, err := strconv.ParseBool(text)
	if err != nil {
		r.fail(name, "%q is neither true nor false", text)
	}
	return value
}

func (r *reader) time(name string) time.Time {
	text := r.text(name, "")
	if text == "" {
		return time.Time{}
	}
	value, err := time.Parse(time.RFC3339, text)
	if err != nil {
		r.fail(name, "%q is no time like 2026-11-21T08:00:00Z", text)
	}
	return value
}
