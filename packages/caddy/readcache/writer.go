package readcache

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// writer passes an answer on as it comes, and keeps a copy of one that may be shared.
type writer struct {
	http.ResponseWriter
	lifetime func(status int, header http.Header) time.Duration

	told   bool
	keeps  time.Duration
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
			w.header = w.Header().Clone()
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
		}
	}
	return w.ResponseWriter.Write(part)
}

// answer is what was seen, nil where it may not be kept or is not whole.
func (w *writer) answer(now time.Time) *answer {
	if w.keeps <= 0 {
		return nil
	}
	if length := w.header.Get("Content-Length"); length != "" && length != strconv.Itoa(w.body.Len()) {
		return nil
	}
	return &answer{header: w.header, body: w.body.Bytes(), came: now, ends: now.Add(w.keeps)}
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
