package readcache

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// writer passes an answer on as it comes, and keeps a copy of one that may be shared.
//
// One whose length is known is kept before its last byte goes out: who has it and asks again finds it.
type writer struct {
	http.ResponseWriter
	lifetime func(status int, header http.Header) time.Duration
	keep     func(header http.Header, body []byte, keeps time.Duration)

	told   bool
	keeps  time.Duration
	length string // as the API told it
	header http.Header
	body   bytes.Buffer
}

// Unwrap lets Caddy flush and hijack.
func (w *writer) Unwrap() http.ResponseWriter {
	return w.ResponseWriter
}

func (w *writer) WriteHeader(status int) {
	if status >= 200 && !w.told {
		w.told = true
		if w.keeps = w.lifetime(status, w.Header()); w.keeps > 0 {
			w.header, w.length = w.Header().Clone(), w.Header().Get("Content-Length")
			w.header.Del("X-Request-Id") // each answer gets its own
			w.Header().Set("Cache-Status", "nextcore; fwd=miss")
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(part []byte) (int, error) {
	if !w.told {
		w.WriteHeader(http.StatusOK)
	}
	if w.keeps > 0 {
		if w.body.Len()+len(part) > maxBody {
			w.keeps, w.body = 0, bytes.Buffer{}
		} else {
			w.body.Write(part)
			if w.length == strconv.Itoa(w.body.Len()) {
				w.whole()
			}
		}
	}
	return w.ResponseWriter.Write(part)
}

// ended is for an answer whose length nobody told, or that has no body: it is whole when the API has nothing more to say.
func (w *writer) ended() {
	if w.keeps > 0 && (w.length == "" || w.length == strconv.Itoa(w.body.Len())) {
		w.whole()
	}
}

func (w *writer) whole() {
	w.keep(w.header, w.body.Bytes(), w.keeps)
	w.keeps = 0
}

// writeWriter passes a write's answer on, after what was kept is dropped: who has it and reads finds nothing older.
type writeWriter struct {
	http.ResponseWriter
	drop func()
}

// Unwrap lets Caddy flush and hijack.
func (w *writeWriter) Unwrap() http.ResponseWriter {
	return w.ResponseWriter
}

func (w *writeWriter) WriteHeader(status int) {
	w.drop()
	w.ResponseWriter.WriteHeader(status)
}

// answer is a whole one with status 200. It is never changed once it is kept.
type answer struct {
	header     http.Header
	body       []byte
	came, ends time.Time
}

// serve answers a request, with 304 where the client has it already.
func (a *answer) serve(w http.ResponseWriter, r *http.Request, now time.Time) error {
	header := w.Header()
	for name, values := range a.header {
		header[name] = append([]string(nil), values...)
	}
	header.Set("Age", strconv.Itoa(int((age(a.header) + now.Sub(a.came)).Seconds())))
	header.Set("Cache-Status", fmt.Sprintf("nextcore; hit; ttl=%d", int(a.ends.Sub(now).Seconds())))
	changed, _ := http.ParseTime(a.header.Get("Last-Modified"))
	http.ServeContent(w, r, "", changed, bytes.NewReader(a.body))
	return nil
}
