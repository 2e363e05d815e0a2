package token

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"nextcore.example/api/internal/config"
)

var start = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

var (
	current  = strings.Repeat("c", 32)
	previous = strings.Repeat("p", 32)
)

func claims() map[string]any {
	return map[string]any{"sub": "u1", "email": "a@b.example", "iss": "https://shop.example", "exp": start.Add(time.Hour).Unix()}
}

func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, payload map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jwt.Signed(signer).Claims(payload).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func verifier(t *testing.T, settings config.Token, now time.Time) *Verifier {
	t.Helper()
	v, err := New(settings)
	if err != nil {
		t.Fatal(err)
	}
	v.now = func() time.Time { return now }
	return v
}

func TestTheSecretAndInTheOverlapTheOneBefore(t *testing.T) {
	settings := config.Token{Secret: current, PreviousSecret: previous, PreviousUntil: start.Add(time.Minute)}
	cases := map[string]struct {
		key  string
		at   time.Time
		good bool
	}{
		"current":               {current, start, true},
		"previous in overlap":   {previous, start, true},
		"previous after it":     {previous, start.Add(2 * time.Minute), false},
		"current after overlap": {current, start.Add(2 * time.Minute), true},
		"another":               {strings.Repeat("x", 32), start, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			user, err := verifier(t, settings, c.at).Verify(context.Background(), sign(t, jose.HS256, []byte(c.key), claims()))
			if c.good != (err == nil) || (err != nil && !errors.Is(err, ErrInvalid)) {
				t.Fatal(err)
			}
			if c.good && (user.ID != "u1" || user.Email != "a@b.example") {
				t.Error(user)
			}
		})
	}
}

func TestClaimsAreChecked(t *testing.T) {
	v := verifier(t, config.Token{Secret: current, Issuer: "https://shop.example", Audience: "api"}, start)
	good := claims()
	good["aud"] = "api"
	for name, change := range map[string]func(map[string]any){
		"expired":       func(c map[string]any) { c["exp"] = start.Add(-time.Minute).Unix() },
		"without exp":   func(c map[string]any) { delete(c, "exp") },
		"without sub":   func(c map[string]any) { delete(c, "sub") },
		"not yet":       func(c map[string]any) { c["nbf"] = start.Add(time.Hour).Unix() },
		"other issuer":  func(c map[string]any) { c["iss"] = "https://evil.example" },
		"other aud":     func(c map[string]any) { c["aud"] = "else" },
		"no audience":   func(c map[string]any) { delete(c, "aud") },
		"without issue": func(c map[string]any) { delete(c, "iss") },
	} {
		t.Run(name, func(t *testing.T) {
			changed := map[string]any{}
			for key, value := range good {
				changed[key] = value
			}
			change(changed)
			if _, err := v.Verify(context.Background(), sign(t, jose.HS256, []byte(current), changed)); !errors.Is(err, ErrInvalid) {
				t.Error(err)
			}
		})
	}
	if _, err := v.Verify(context.Background(), sign(t, jose.HS256, []byte(current), good)); err != nil {
		t.Error(err)
	}
}

func document(t *testing.T, keys ...map[string]any) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func entry(t *testing.T, key any, id string, expires int64) map[string]any {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: id, Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]any{}
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	if expires != 0 {
		found["exp"] = expires
	}
	return found
}

func TestKeysOfADocument(t *testing.T) {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	jwks := document(t, entry(t, ec.Public(), "new", 0), entry(t, rsaKey.Public(), "old", start.Add(time.Minute).Unix()))
	withNew := sign(t, jose.ES256, jose.JSONWebKey{Key: ec, KeyID: "new"}, claims())
	withOld := sign(t, jose.RS256, jose.JSONWebKey{Key: rsaKey, KeyID: "old"}, claims())
	stranger, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	forged := sign(t, jose.ES256, jose.JSONWebKey{Key: stranger, KeyID: "new"}, claims())
	// The classic confusion: the public key's own bytes as the secret of an HS256 token.
	confused := sign(t, jose.HS256, jose.JSONWebKey{Key: []byte(jwks), KeyID: "new"}, claims())
	check := func(now time.Time, raw string, good bool) {
		t.Helper()
		if _, err := verifier(t, config.Token{JWKS: jwks}, now).Verify(context.Background(), raw); good != (err == nil) {
			t.Error(err)
		}
	}
	check(start, withNew, true)
	check(start, withOld, true)
	check(start.Add(2*time.Minute), withOld, false)
	check(start, forged, false)
	check(start, confused, false)
}

func TestADocumentWithAPrivateKeyIsRefused(t *testing.T) {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, err := New(config.Token{JWKS: document(t, entry(t, ec, "new", 0))})
	if err == nil || !strings.Contains(err.Error(), "no public key") {
		t.Fatal(err)
	}
}

func TestAnUnknownKeyFetchesTheDocumentAgain(t *testing.T) {
	first, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	second, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fetched := 0
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched++
		keys := []map[string]any{entry(t, first.Public(), "one", 0)}
		if fetched > 1 {
			keys = append(keys, entry(t, second.Public(), "two", 0))
		}
		_, _ = w.Write([]byte(document(t, keys...)))
	}))
	defer issuer.Close()
	now := start
	v := verifier(t, config.Token{JWKSURL: issuer.URL}, now)
	v.now = func() time.Time { return now }
	one := sign(t, jose.ES256, jose.JSONWebKey{Key: first, KeyID: "one"}, claims())
	two := sign(t, jose.ES256, jose.JSONWebKey{Key: second, KeyID: "two"}, claims())
	verify := func(raw string) error { _, err := v.Verify(context.Background(), raw); return err }
	if fetched != 0 {
		t.Fatal("fetched before the first token")
	}
	if err := verify(one); err != nil {
		t.Fatal(err)
	}
	if err := verify(two); !errors.Is(err, ErrInvalid) || fetched != 1 {
		t.Fatalf("a flood of unknown keys must not become a flood of fetches: %v, %d", err, fetched)
	}
	now = now.Add(retryAfter + time.Second)
	if err := verify(two); err != nil || fetched != 2 {
		t.Fatal(err, fetched)
	}
	issuer.Close()
	now = now.Add(documentAge + time.Second)
	if err := verify(two); err != nil {
		t.Fatal("the issuer is away for a moment: ", err)
	}
}
