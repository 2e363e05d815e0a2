package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	documentLimit = 1 << 20
	documentAge   = 10 * time.Minute // a key that was taken out of the document is refused after this
	retryAfter    = 10 * time.Second // an unknown key id fetches the document no more often than this
	fetchTimeout  = 5 * time.Second
)

// publicKey is a key of the document; `exp` (seconds since 1970) is when a rotated one stops being accepted.
type publicKey struct {
	jose.JSONWebKey
	expires int64
}

// keySet is a JWKS, RFC 7517.
type keySet []publicKey

func parseKeySet(document []byte) (keySet, error) {
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &raw); err != nil {
		return nil, fmt.Errorf("not a JWKS: %w", err)
	}
	var set keySet
	for number, text := range raw.Keys {
		var key publicKey
		var more struct {
			Expires int64 `json:"exp"`
		}
		if err := json.Unmarshal(text, &key.JSONWebKey); err != nil {
			return nil, fmt.Errorf("key %d: %w", number, err)
		}
		if err := json.Unmarshal(text, &more); err != nil {
			return nil, fmt.Errorf("key %d: %w", number, err)
		}
		if !key.IsPublic() {
			return nil, fmt.Errorf("key %d is no public key; a private or shared one must never be in a JWKS", number)
		}
		key.expires = more.Expires
		set = append(set, key)
	}
	if len(set) == 0 {
		return nil, errors.New("a JWKS without keys")
	}
	return set, nil
}

func (set keySet) algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.ES256}
}

func (set keySet) candidates(_ context.Context, keyID string, now time.Time) ([]any, error) {
	for _, key := range set {
		if key.KeyID == keyID && (key.expires == 0 || now.Unix() < key.expires) {
			return []any{key.Key}, nil
		}
	}
	return nil, nil
}

// remoteKeys is a JWKS at an address, fetched when first needed.
type remoteKeys struct {
	url     string
	client  http.Client
	mutex   sync.Mutex
	set     keySet
	fetched time.Time
}

func newRemoteKeys(url string) *remoteKeys {
	return &remoteKeys{url: url, client: http.Client{Timeout: fetchTimeout}}
}

func (r *remoteKeys) algorithms() []jose.SignatureAlgorithm { return keySet(nil).algorithms() }

func (r *remoteKeys) candidates(ctx context.Context, keyID string, now time.Time) ([]any, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	found, _ := r.set.candidates(ctx, keyID, now)
	age := now.Sub(r.fetched)
	if (len(found) > 0 && age < documentAge) || (r.set != nil && age < retryAfter) {
		return found, nil
	}
	set, err := r.fetch(ctx)
	if err != nil {
		if len(found) > 0 && age < 2*documentAge {
			return found, nil // the issuer is away for a moment
		}
		return nil, err
	}
	r.set, r.fetched = set, now
	return set.candidates(ctx, keyID, now)
}

func (r *remoteKeys) fetch(ctx context.Context) (keySet, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", r.url, answer.Status)
	}
	document, err := io.ReadAll(io.LimitReader(answer.Body, documentLimit))
	if err != nil {
		return nil, err
	}
	return parseKeySet(document)
}
