// Package token verifies bearer tokens: HS256 with one secret and the one before it, or RS256 and ES256 with a JWKS.
package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"nextcore.example/api/internal/config"
)

// ErrInvalid is every reason for which a token is refused; the reason itself goes to the log, not to the caller.
var ErrInvalid = errors.New("token refused")

const leeway = 30 * time.Second // clocks of two machines

// User is who a token was issued to.
type User struct {
	ID    string
	Email string
}

// keys finds what a token may be signed with.
type keys interface {
	algorithms() []jose.SignatureAlgorithm
	candidates(ctx context.Context, keyID string, now time.Time) ([]any, error)
}

// Verifier checks tokens.
type Verifier struct {
	keys             keys
	issuer, audience string
	now              func() time.Time
}

// New makes a verifier; it does not touch the network.
func New(settings config.Token) (*Verifier, error) {
	v := &Verifier{issuer: settings.Issuer, audience: settings.Audience, now: time.Now}
	switch {
	case settings.JWKSURL != "":
		v.keys = newRemoteKeys(settings.JWKSURL)
	case settings.JWKS != "":
		set, err := parseKeySet([]byte(settings.JWKS))
		if err != nil {
			return nil, fmt.Errorf("JWT_JWKS: %w", err)
		}
		v.keys = set
	default:
		v.keys = sharedSecret{settings.Secret, settings.PreviousSecret, settings.PreviousUntil}
	}
	return v, nil
}

// Verify returns the user that a token was issued to.
func (v *Verifier) Verify(ctx context.Context, raw string) (User, error) {
	// The algorithms are ours, not the token's: one that names HS256 is never checked against a public key.
	parsed, err := jwt.ParseSigned(raw, v.keys.algorithms())
	if err != nil {
		return User{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	now := v.now()
	candidates, err := v.keys.candidates(ctx, parsed.Headers[0].KeyID, now)
	if err != nil {
		return User{}, err
	}
	var claims jwt.Claims
	var own struct {
		Email string `json:"email"`
	}
	err = errors.New("signed by none of the known keys")
	for _, key := range candidates {
		if err = parsed.Claims(key, &claims, &own); err == nil {
			break
		}
	}
	if err != nil {
		return User{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	expected := jwt.Expected{Issuer: v.issuer, Time: now}
	if v.audience != "" {
		expected.AnyAudience = jwt.Audience{v.audience}
	}
	if err := claims.ValidateWithLeeway(expected, leeway); err != nil {
		return User{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if claims.Subject == "" || claims.Expiry == nil {
		return User{}, fmt.Errorf("%w: without sub or exp", ErrInvalid)
	}
	return User{ID: claims.Subject, Email: own.Email}, nil
}

// sharedSecret is HS256. The previous secret is a candidate until its overlap ends, without a restart.
type sharedSecret struct {
	current, previous string
	previousUntil     time.Time
}

func (s sharedSecret) algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.HS256}
}

func (s sharedSecret) candidates(_ context.Context, _ string, now time.Time) ([]any, error) {
	found := []any{[]byte(s.current)}
	if s.previous != "" && (s.previousUntil.IsZero() || now.Before(s.previousUntil)) {
		found = append(found, []byte(s.previous))
	}
	return found, nil
}
