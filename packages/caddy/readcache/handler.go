// Package readcache keeps answers to anonymous reads for some seconds, in the memory of the Caddy that asked for them.
//
// What may be kept is RFC 9111's for a shared cache, and narrower: GET and 200 alone, no Authorization, no Cookie, no
// Set-Cookie. Nothing is served stale, and no request waits for another one's answer, as nobody knows yet whether that
// answer may be shared.
package readcache

import (
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

const (
	directive = "read_cache"
	maxBytes  = 32 << 20 // of all answers that are kept; the pods of the routing have 256 MiB
	maxBody   = 1 << 20  // of one answer; larger ones go through
)

func init() {
	caddy.RegisterModule(Handler{})
	httpcaddyfile.RegisterHandlerDirective(directive, parse)
	httpcaddyfile.RegisterDirectiveOrder(directive, httpcaddyfile.Before, "reverse_proxy")
}

// Handler is the directive
//
//	read_cache [<matcher>] {
//		ttl <duration>      # how long at most; the API's own max-age shortens it
//		drop_cookies        # reads lose their cookies, so that browsers that have some share answers
//		key <placeholder>   # what else tells answers apart, such as the upstream's version
//	}
//
// It must also see the writes to its paths: they drop what is kept of the same path.
type Handler struct {
	TTL         caddy.Duration `json:"ttl"`
	DropCookies bool           `json:"drop_cookies,omitempty"`
	Key         string         `json:"key,omitempty"`

	kept *store
	now  func() time.Time
}

// CaddyModule names the module.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers." + directive, New: func() caddy.Module { return new(Handler) }}
}

// Provision makes the empty store: a reload begins anew.
func (h *Handler) Provision(caddy.Context) error {
	h.kept, h.now = newStore(maxBytes), time.Now
	return nil
}

// UnmarshalCaddyfile reads the directive.
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	for d.NextBlock(0) {
		switch option := d.Val(); option {
		case "ttl":
			if !d.NextArg() {
				return d.ArgErr()
			}
			ttl, err := caddy.ParseDuration(d.Val())
			if err != nil {
				return d.Errf("ttl %s: %v", d.Val(), err)
			}
			h.TTL = caddy.Duration(ttl)
		case "drop_cookies":
			h.DropCookies = true
		case "key":
			if !d.Args(&h.Key) {
				return d.ArgErr()
			}
		default:
			return d.Errf("%s has no option %s", directive, option)
		}
	}
	if h.TTL <= 0 {
		return d.Errf("%s needs a ttl", directive)
	}
	return nil
}

func parse(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	return handler, handler.UnmarshalCaddyfile(h.Dispenser)
}

// ServeHTTP answers from the store, or asks `next` and keeps its answer where that may be shared.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	resource := h.resource(r)
	if writes(r.Method) {
		drop := func() { h.kept.drop(resource) }
		defer drop() // whatever it answers: a write that was cut off may have been done
		return next.ServeHTTP(&writeWriter{ResponseWriter: w, drop: drop}, r)
	}
	if h.DropCookies {
		r.Header.Del("Cookie")
	}
	how := use(r)
	if how == bypass {
		return next.ServeHTTP(w, r)
	}
	if how == lookup {
		if found := h.kept.get(resource, r, h.now()); found != nil {
			return found.serve(w, r, h.now())
		}
	}
	if conditional(r) {
		return next.ServeHTTP(w, r) // its 304 is for this client
	}
	asked := h.kept.mark()
	seen := &writer{
		ResponseWriter: w,
		lifetime: func(status int, header http.Header) time.Duration {
			return lifetime(status, header, time.Duration(h.TTL), h.now())
		},
		keep: func(header http.Header, body []byte, keeps time.Duration) {
			came := h.now()
			h.kept.put(resource, r, &answer{header: header, body: body, came: came, ends: came.Add(keeps)}, asked)
		},
	}
	if err := next.ServeHTTP(seen, r); err != nil {
		return err
	}
	seen.ended()
	return nil
}

// resource is what a write drops as a whole: a path of a host, with all its queries.
func (h *Handler) resource(r *http.Request) string {
	key := h.Key
	if replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		key = replacer.ReplaceAll(key, "")
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return key + "\n" + scheme + "\n" + r.Host + "\n" + r.URL.EscapedPath()
}

var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
