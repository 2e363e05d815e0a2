package readcache

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/cachecontrol/cacheobject"
)

type usage int

const (
	bypass  usage = iota // neither answered from the store nor kept
	refresh              // the client wants the API's own answer, which is kept
	lookup
)

// writes tells whether a method may change something. A preflight does not.
func writes(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return false
	}
	return true
}

// use tells what a read may have of the store.
func use(r *http.Request) usage {
	personal := r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != ""
	streamed := r.Header.Get("Upgrade") != "" || strings.Contains(r.Header.Get("Accept"), "text/event-stream")
	if r.Method != http.MethodGet || personal || streamed || r.Header.Get("Range") != "" {
		return bypass
	}
	wanted, err := cacheobject.ParseRequestCacheControl(strings.Join(r.Header.Values("Cache-Control"), ","))
	switch {
	case err != nil || wanted.NoStore:
		return bypass
	case wanted.NoCache || wanted.MaxAge == 0:
		return refresh
	}
	return lookup
}

func conditional(r *http.Request) bool {
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// lifetime is how long an answer may be kept, at most `ttl`; 0: not at all.
func lifetime(status int, header http.Header, ttl time.Duration, now time.Time) time.Duration {
	if status != http.StatusOK || header.Get("Set-Cookie") != "" || header.Get("Trailer") != "" {
		return 0
	}
	if strings.HasPrefix(header.Get("Content-Type"), "text/event-stream") || varies(header)["*"] {
		return 0
	}
	said, err := cacheobject.ParseResponseCacheControl(strings.Join(header.Values("Cache-Control"), ","))
	if err != nil || said.NoStore || said.NoCachePresent || said.PrivatePresent {
		return 0
	}
	own := ttl
	switch expires := header.Get("Expires"); {
	case said.SMaxAge >= 0:
		own = time.Duration(said.SMaxAge) * time.Second
	case said.MaxAge >= 0:
		own = time.Duration(said.MaxAge) * time.Second
	case expires != "":
		end, err := http.ParseTime(expires)
		if err != nil {
			return 0 // `0` and the like: expired
		}
		own = end.Sub(now)
	}
	return max(0, min(ttl, own-age(header)))
}

// age is how old an answer was when it came.
func age(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Age"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// varies names the request's headers that an answer differs by.
func varies(header http.Header) map[string]bool {
	found := map[string]bool{}
	for name := range strings.SplitSeq(strings.Join(header.Values("Vary"), ","), ",") {
		if name = http.CanonicalHeaderKey(strings.TrimSpace(name)); name != "" {
			found[name] = true
		}
	}
	return found
}
