package readcache

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// api counts the requests that reach it.
type api struct {
	asked  int
	answer http.HandlerFunc
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) error {
	a.asked++
	if a.answer != nil {
		a.answer(w, r)
	}
	fmt.Fprintf(w, "answer %d", a.asked)
	return nil
}

type clock struct{ time.Time }

func made(t *testing.T) (*Handler, *api, *clock) {
	t.Helper()
	clock := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	handler := &Handler{TTL: caddy.Duration(30 * time.Second)}
	if err := handler.Provision(caddy.Context{}); err != nil {
		t.Fatal(err)
	}
	handler.now = func() time.Time { return clock.Time }
	return handler, &api{}, clock
}

func request(method, path string, header ...string) *http.Request {
	made := httptest.NewRequest(method, path, nil)
	for number := 0; number < len(header); number += 2 {
		made.Header.Add(header[number], header[number+1])
	}
	return made
}

func ask(t *testing.T, handler *Handler, next caddyhttp.Handler, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	if err := handler.ServeHTTP(answer, r, next); err != nil {
		t.Fatal(err)
	}
	return answer
}

func says(header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for number := 0; number < len(header); number += 2 {
			w.Header().Add(header[number], header[number+1])
		}
	}
}

func TestASecondReadIsAnsweredUntilTheTimeIsOver(t *testing.T) {
	handler, api, clock := made(t)
	api.answer = says("Content-Type", "application/json", "X-Request-Id", "first")
	first := ask(t, handler, api, request("GET", "/photos?page=1"))
	clock.Time = clock.Add(29 * time.Second)
	second := ask(t, handler, api, request("GET", "/photos?page=1"))
	if api.asked != 1 || first.Body.String() != "answer 1" || second.Body.String() != "answer 1" {
		t.Fatalf("asked %d times: %q, %q", api.asked, first.Body, second.Body)
	}
	header := second.Header()
	if header.Get("Age") != "29" || header.Get("Cache-Status") != "nextcore; hit; ttl=1" {
		t.Errorf("%v", header)
	}
	if header.Get("Content-Type") != "application/json" || header.Get("X-Request-Id") != "" {
		t.Errorf("%v", header)
	}
	clock.Time = clock.Add(time.Second)
	if answer := ask(t, handler, api, request("GET", "/photos?page=1")); answer.Body.String() != "answer 2" {
		t.Errorf("%q after its time", answer.Body)
	}
}

func TestWhatTellsAnswersApart(t *testing.T) {
	for name, other := range map[string]*http.Request{
		"path":     request("GET", "/photos/"),
		"case":     request("GET", "/Photos"),
		"escaping": request("GET", "/photos%2f"),
		"query":    request("GET", "/photos?page=2"),
		"host":     request("GET", "http://other.example/photos"),
		"vary":     request("GET", "/photos", "Accept-Language", "de"),
		"origin":   request("GET", "/photos", "Origin", "https://shop.example"),
		"scheme":   request("GET", "/photos", "X-Forwarded-Proto", "https"),
		"outside":  request("GET", "/photos", "X-Forwarded-Host", "evil.example"),
		"method":   request("HEAD", "/photos"),
	} {
		t.Run(name, func(t *testing.T) {
			handler, api, _ := made(t)
			api.answer = says("Vary", "Accept-Encoding, accept-language")
			ask(t, handler, api, request("GET", "/photos", "Accept-Language", "en"))
			ask(t, handler, api, other)
			if api.asked != 2 {
				t.Fatal("answered with another one's")
			}
			ask(t, handler, api, request("GET", "/photos", "Accept-Language", "en"))
			if api.asked != 2 {
				t.Fatal("the first one was forgotten")
			}
		})
	}
}

func TestTheVersionOfTheUpstreamTellsAnswersApart(t *testing.T) {
	handler, api, _ := made(t)
	handler.Key = "{upstream}"
	for _, upstream := range []string{"api-1:8080", "api-2:8080", "api-1:8080"} {
		r := request("GET", "/photos")
		replacer := caddy.NewReplacer()
		replacer.Set("upstream", upstream)
		ask(t, handler, api, caddyhttp.PrepareRequest(r, replacer, nil, nil))
	}
	if api.asked != 2 {
		t.Fatalf("asked %d times", api.asked)
	}
}

func TestRequestsThatAreNeverAnsweredFromTheStoreNorKept(t *testing.T) {
	for _, header := range [][]string{
		{"Authorization", "Bearer x"}, {"Cookie", "session=1"}, {"Range", "bytes=0-1"}, {"Accept", "text/event-stream"},
		{"Upgrade", "websocket"}, {"Cache-Control", "no-store"}, {"Cache-Control", "max-age=x"},
	} {
		t.Run(header[0]+" "+header[1], func(t *testing.T) {
			handler, api, _ := made(t)
			ask(t, handler, api, request("GET", "/photos", header...))
			ask(t, handler, api, request("GET", "/photos"))
			ask(t, handler, api, request("GET", "/photos", header...))
			if api.asked != 3 {
				t.Fatalf("asked %d times", api.asked)
			}
		})
	}
}

func TestAnswersThatAreNotKept(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	for name, answer := range map[string]http.HandlerFunc{
		"private":       says("Cache-Control", "private, max-age=60"),
		"private field": says("Cache-Control", `private="X-User"`),
		"no-store":      says("Cache-Control", "no-store"),
		"no-cache":      says("Cache-Control", "max-age=60", "Cache-Control", "no-cache"),
		"max-age=0":     says("Cache-Control", "max-age=0"),
		"s-maxage=0":    says("Cache-Control", "max-age=60, s-maxage=0"),
		"unreadable":    says("Cache-Control", "max-age=soon"),
		"cookie":        says("Set-Cookie", "session=1"),
		"vary star":     says("Vary", "Accept, *"),
		"expired":       says("Expires", "0"),
		"old":           says("Age", "30"),
		"stream":        says("Content-Type", "text/event-stream"),
		"trailer":       says("Trailer", "X-Sum"),
		"cut off":       says("Content-Length", "100"),
		"bad length":    says("Content-Length", "nine"),
		"404":           status(http.StatusNotFound),
		"500":           status(http.StatusInternalServerError),
		"204":           status(http.StatusNoContent),
		"302":           status(http.StatusFound),
		"large": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.Repeat("x", maxBody))
		},
	} {
		t.Run(name, func(t *testing.T) {
			handler, api, _ := made(t)
			api.answer = answer
			ask(t, handler, api, request("GET", "/photos"))
			ask(t, handler, api, request("GET", "/photos"))
			if api.asked != 2 {
				t.Fatal("kept")
			}
		})
	}
}

func TestTheApisOwnTimeIsTheShorterOne(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"max-age":  says("Cache-Control", "public, max-age=5"),
		"s-maxage": says("Cache-Control", "max-age=60, s-maxage=5"),
		"age":      says("Cache-Control", "max-age=60", "Age", "55"),
		"expires":  says("Expires", "Thu, 01 Jan 2026 00:00:05 GMT"),
	} {
		t.Run(name, func(t *testing.T) {
			handler, api, clock := made(t)
			api.answer = answer
			for _, after := range []time.Duration{0, 4 * time.Second, time.Second} {
				clock.Time = clock.Add(after)
				ask(t, handler, api, request("GET", "/photos"))
			}
			if api.asked != 2 {
				t.Fatalf("asked %d times", api.asked)
			}
		})
	}
}

func TestAReloadOfTheBrowserAsksTheApiAndRefreshes(t *testing.T) {
	for _, wish := range []string{"no-cache", "max-age=0"} {
		handler, api, _ := made(t)
		ask(t, handler, api, request("GET", "/photos"))
		ask(t, handler, api, request("GET", "/photos", "Cache-Control", wish))
		if answer := ask(t, handler, api, request("GET", "/photos")); answer.Body.String() != "answer 2" {
			t.Errorf("%s: %q", wish, answer.Body)
		}
	}
}

func TestAWriteDropsThePathWithAllItsQueries(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		handler, api, _ := made(t)
		gets := func() {
			ask(t, handler, api, request("GET", "/photos"))
			ask(t, handler, api, request("GET", "/photos?page=2", "Origin", "https://shop.example"))
			ask(t, handler, api, request("GET", "/other"))
		}
		gets()
		ask(t, handler, api, request(method, "/photos", "Authorization", "Bearer x"))
		gets()
		if api.asked != 3+1+2 {
			t.Errorf("%s: asked %d times", method, api.asked)
		}
	}
}

func TestAPreflightIsNoWriteAndIsNotKept(t *testing.T) {
	handler, api, _ := made(t)
	ask(t, handler, api, request("GET", "/photos"))
	for _, method := range []string{"OPTIONS", "OPTIONS", "HEAD"} {
		ask(t, handler, api, request(method, "/photos", "Origin", "https://shop.example"))
	}
	ask(t, handler, api, request("GET", "/photos"))
	if api.asked != 4 {
		t.Fatalf("asked %d times", api.asked)
	}
}

func TestWhoHasAWritesAnswerReadsNothingOlder(t *testing.T) {
	handler, api, _ := made(t)
	ask(t, handler, api, request("GET", "/photos"))
	write := caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		w.WriteHeader(http.StatusCreated)
		if answer := ask(t, handler, api, request("GET", "/photos")); answer.Body.String() != "answer 2" {
			t.Errorf("%q", answer.Body)
		}
		return nil
	})
	ask(t, handler, write, request("POST", "/photos"))
}

func TestWhatWasReadBeforeAWriteIsNotKeptAfterIt(t *testing.T) {
	handler, api, _ := made(t)
	slow := caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		ask(t, handler, api, request("POST", "/photos"))
		fmt.Fprint(w, "old")
		return nil
	})
	ask(t, handler, slow, request("GET", "/photos"))
	if answer := ask(t, handler, api, request("GET", "/photos")); answer.Body.String() == "old" {
		t.Fatal("the old answer was kept")
	}
}

func TestAnAnswerThatFailsOnTheWayIsNotKept(t *testing.T) {
	handler, api, _ := made(t)
	failing := caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		fmt.Fprint(w, "half")
		return errors.New("upstream went away")
	})
	if err := handler.ServeHTTP(httptest.NewRecorder(), request("GET", "/photos"), failing); err == nil {
		t.Fatal("the error was swallowed")
	}
	if answer := ask(t, handler, api, request("GET", "/photos")); answer.Body.String() != "answer 1" {
		t.Fatalf("%q", answer.Body)
	}
}

func TestCookiesAreDroppedWhereThatWasAskedFor(t *testing.T) {
	handler, api, _ := made(t)
	handler.DropCookies = true
	var reached []string
	api.answer = func(_ http.ResponseWriter, r *http.Request) { reached = append(reached, r.Header.Get("Cookie")) }
	ask(t, handler, api, request("GET", "/photos", "Cookie", "visitor=1"))
	ask(t, handler, api, request("GET", "/photos", "Cookie", "visitor=2"))
	ask(t, handler, api, request("POST", "/photos", "Cookie", "visitor=2"))
	if len(reached) != 2 || reached[0] != "" || reached[1] != "visitor=2" {
		t.Fatalf("%q", reached)
	}
}

func TestAClientThatHasItGets304(t *testing.T) {
	handler, api, _ := made(t)
	api.answer = says("ETag", `"1"`)
	ask(t, handler, api, request("GET", "/photos", "If-None-Match", `"0"`))
	ask(t, handler, api, request("GET", "/photos"))
	answer := ask(t, handler, api, request("GET", "/photos", "If-None-Match", `"1"`))
	if answer.Code != http.StatusNotModified || answer.Body.Len() != 0 || api.asked != 2 {
		t.Fatalf("%d, asked %d times", answer.Code, api.asked)
	}
}

func TestWhoHasAnAnswerAndAsksAgainFindsIt(t *testing.T) {
	handler, api, _ := made(t)
	next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Length", "4")
		fmt.Fprint(w, "wh")
		fmt.Fprint(w, "ole")
		return nil
	})
	short := caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Length", "4")
		fmt.Fprint(w, "four")
		if again := ask(t, handler, api, request("GET", "/photos")); again.Body.String() != "four" {
			t.Errorf("%q: asked before the first answer ended", again.Body)
		}
		return nil
	})
	ask(t, handler, short, request("GET", "/photos"))
	ask(t, handler, next, request("GET", "/longer"))
	if answer := ask(t, handler, api, request("GET", "/longer")); answer.Body.String() != "answer 1" {
		t.Errorf("%q: longer than it said", answer.Body)
	}
}

func TestAnAnswerWithoutABodyIsKept(t *testing.T) {
	for _, length := range []string{"", "0"} {
		handler, _, _ := made(t)
		asked := 0
		next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			asked++
			if length != "" {
				w.Header().Set("Content-Length", length)
			}
			w.WriteHeader(http.StatusOK)
			return nil
		})
		for range 2 {
			ask(t, handler, next, request("GET", "/photos"))
		}
		if asked != 1 {
			t.Errorf("%q: asked %d times", length, asked)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	handler, api, _ := made(t)
	handler.kept = newStore(50_000)
	api.answer = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 1000)) }
	for number := range 1000 {
		ask(t, handler, api, request("GET", fmt.Sprintf("/photos?page=%d", number)))
		if handler.kept.bytes > handler.kept.max {
			t.Fatalf("%d bytes", handler.kept.bytes)
		}
	}
	ask(t, handler, api, request("GET", "/photos?page=999"))
	if api.asked != 1000 || handler.kept.entries.Len() < 20 {
		t.Fatalf("asked %d times, %d entries", api.asked, handler.kept.entries.Len())
	}
	for handler.kept.entries.Len() > 0 {
		handler.kept.entries.RemoveOldest()
	}
	if handler.kept.bytes != 0 {
		t.Fatalf("%d bytes of nothing", handler.kept.bytes)
	}
}

func TestManyAtOnce(t *testing.T) {
	handler, _, _ := made(t)
	next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		fmt.Fprint(w, r.URL.RequestURI())
		return nil
	})
	done := make(chan error)
	for worker := range 8 {
		go func() {
			for number := range 500 {
				method, path := "GET", fmt.Sprintf("/photos/%d?page=%d", number%7, number%3)
				if (number+worker)%50 == 0 {
					method = "PUT"
				}
				answer := httptest.NewRecorder()
				if err := handler.ServeHTTP(answer, request(method, path), next); err != nil || answer.Body.String() != path {
					done <- fmt.Errorf("%s: %q, %v", path, answer.Body, err)
					return
				}
			}
			done <- nil
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestCaddyfile(t *testing.T) {
	handler := new(Handler)
	text := "read_cache {\n\tttl 30s\n\tdrop_cookies\n\tkey {api_upstream}\n}"
	if err := handler.UnmarshalCaddyfile(caddyfile.NewTestDispenser(text)); err != nil {
		t.Fatal(err)
	}
	if handler.TTL != caddy.Duration(30*time.Second) || !handler.DropCookies || handler.Key != "{api_upstream}" {
		t.Errorf("%+v", handler)
	}
	for text, told := range map[string]string{
		"read_cache":                        "needs a ttl",
		"read_cache {\n\tttl soon\n}":       "ttl soon",
		"read_cache {\n\tttl\n}":            "wrong argument count",
		"read_cache {\n\tttl 1s\n\tkeep\n}": "no option keep",
	} {
		if err := new(Handler).UnmarshalCaddyfile(caddyfile.NewTestDispenser(text)); err == nil || !strings.Contains(err.Error(), told) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
