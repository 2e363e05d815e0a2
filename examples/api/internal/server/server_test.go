package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"nextcore.example/api/internal/config"
	"nextcore.example/api/internal/objects"
	"nextcore.example/api/internal/pictures"
	"nextcore.example/api/internal/store"
	"nextcore.example/api/internal/token"
)

// memory is a database and two buckets in this process; the real ones are tested through the built binary.
type memory struct {
	users   map[string]store.User
	images  map[string]store.Image
	uploads map[string][]byte
	derived map[string][]byte
	kept    map[string][]byte
}

func (m *memory) AddUser(_ context.Context, email, hash string) (store.User, error) {
	if _, taken := m.users[strings.ToLower(email)]; taken {
		return store.User{}, store.ErrTaken
	}
	user := store.User{ID: fmt.Sprintf("user-%d", len(m.users)+1), Email: email, PasswordHash: hash}
	m.users[strings.ToLower(email)] = user
	return user, nil
}

func (m *memory) UserByEmail(_ context.Context, email string) (store.User, error) {
	if user, ok := m.users[strings.ToLower(email)]; ok {
		return user, nil
	}
	return store.User{}, store.ErrNotFound
}

func (m *memory) AddImage(_ context.Context, owner, title, contentType string, size int64) (store.Image, error) {
	made := store.Image{ID: fmt.Sprintf("image-%d", len(m.images)+1), Owner: owner, Title: title, ContentType: contentType, Bytes: size, Status: store.Pending}
	m.images[made.ID] = made
	return made, nil
}

func (m *memory) Image(_ context.Context, id string) (store.Image, error) {
	if found, ok := m.images[id]; ok {
		return found, nil
	}
	return store.Image{}, store.ErrNotFound
}

func (m *memory) ReadyImages(context.Context, time.Time, int) ([]store.Image, error) {
	var found []store.Image
	for _, i := range m.images {
		if i.Status == store.Ready {
			found = append(found, i)
		}
	}
	return found, nil
}

func (m *memory) FinishImage(_ context.Context, id string, width, height int, variants []store.Variant) (store.Image, error) {
	found := m.images[id]
	found.Status, found.Width, found.Height, found.Variants = store.Ready, width, height, variants
	m.images[id] = found
	return found, nil
}

func (m *memory) RefuseImage(_ context.Context, id string) error {
	found := m.images[id]
	found.Status = store.Refused
	m.images[id] = found
	return nil
}

func (m *memory) RenameImage(_ context.Context, id, owner, title string) (store.Image, error) {
	found, ok := m.images[id]
	if !ok || found.Owner != owner {
		return store.Image{}, store.ErrNotFound
	}
	found.Title = title
	m.images[id] = found
	return found, nil
}

func (m *memory) DeleteImage(_ context.Context, id, owner string) (store.Image, error) {
	found, ok := m.images[id]
	if !ok || found.Owner != owner {
		return store.Image{}, store.ErrNotFound
	}
	delete(m.images, id)
	return found, nil
}

func (m *memory) Derived(_ context.Context, key string) (objects.Object, error) {
	data, ok := m.derived[key]
	if !ok {
		return objects.Object{}, objects.ErrNotFound
	}
	return objects.Object{Body: io.NopCloser(bytes.NewReader(data)), ContentType: "image/webp", ETag: `"1"`, Size: int64(len(data))}, nil
}

func (m *memory) PresignUpload(_ context.Context, id, contentType string, size int64, _ time.Duration) (objects.Request, error) {
	return objects.Request{URL: "https://store.example/" + id, Method: "PUT", Headers: map[string]string{"Content-Type": contentType}}, nil
}

func (m *memory) Upload(_ context.Context, id string, _ int64) ([]byte, error) {
	if data, ok := m.uploads[id]; ok {
		return data, nil
	}
	return nil, objects.ErrNotFound
}

func (m *memory) Keep(_ context.Context, id, _ string, data []byte) error {
	m.kept[id] = data
	return m.Discard(context.Background(), id)
}

func (m *memory) Discard(_ context.Context, id string) error { delete(m.uploads, id); return nil }

func (m *memory) PutDerived(_ context.Context, key, _ string, data []byte) error {
	m.derived[key] = data
	return nil
}

func (m *memory) PresignOriginal(_ context.Context, id string, _ time.Duration) (objects.Request, error) {
	return objects.Request{URL: "https://store.example/originals/" + id, Method: "GET"}, nil
}

func (m *memory) Delete(_ context.Context, id string, derived []string) error {
	delete(m.kept, id)
	for _, key := range derived {
		delete(m.derived, key)
	}
	return nil
}

// Verify takes a token for the name of its user.
func (m *memory) Verify(_ context.Context, raw string) (token.User, error) {
	if raw == "broken-issuer" {
		return token.User{}, errors.New("the issuer is away")
	}
	if !strings.HasPrefix(raw, "user-") {
		return token.User{}, token.ErrInvalid
	}
	return token.User{ID: raw, Email: raw + "@b.example"}, nil
}

type limited int

func (l *limited) Allow(context.Context, string) bool { *l--; return *l >= 0 }

type client struct {
	t       *testing.T
	handler http.Handler
	memory  *memory
}

func started(t *testing.T) client {
	m := &memory{map[string]store.User{}, map[string]store.Image{}, map[string][]byte{}, map[string][]byte{}, map[string][]byte{}}
	attempts := limited(3)
	settings := config.Config{
		Upload:    config.Upload{MaxBytes: 100_000, Types: []string{"image/png", "image/jpeg"}},
		CORS:      config.CORS{Origins: []string{"https://shop.example"}},
		ImageBase: "https://cdn.example",
	}
	maker := pictures.New(config.Pictures{Widths: []int{16}, Formats: []string{"webp"}, MaxPixels: 10_000})
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	return client{t, New(Parts{settings, m, m, m, maker, &attempts, log}), m}
}

func (c client) send(method, path, user, text string) (int, map[string]any) {
	c.t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(text))
	if user != "" {
		request.Header.Set("Authorization", "Bearer "+user)
	}
	answer := httptest.NewRecorder()
	c.handler.ServeHTTP(answer, request)
	found := map[string]any{}
	if answer.Body.Len() > 0 {
		if err := json.Unmarshal(answer.Body.Bytes(), &found); err != nil {
			c.t.Fatalf("%s %s: no JSON: %s", method, path, answer.Body)
		}
	}
	return answer.Code, found
}

func (c client) get(path string, headers map[string]string) *httptest.ResponseRecorder {
	request := httptest.NewRequest("GET", path, nil)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	c.handler.ServeHTTP(answer, request)
	return answer
}

func (c client) expect(want int, method, path, user, text string) map[string]any {
	c.t.Helper()
	code, found := c.send(method, path, user, text)
	if code != want {
		c.t.Fatalf("%s %s: %d, not %d: %v", method, path, code, want, found)
	}
	return found
}

func code(found map[string]any) any { return found["error"].(map[string]any)["code"] }

func tiny(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 32, 32))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestErrorsAreJSON(t *testing.T) {
	c := started(t)
	for _, k := range []struct {
		want               int
		method, path, user string
		text, code         string
	}{
		{404, "GET", "/nothing", "", "", "not_found"},
		{404, "PUT", "/api/images", "", "", "not_found"},
		{401, "GET", "/api/auth/me", "", "", "unauthorized"},
		{401, "GET", "/api/auth/me", "stranger", "", "unauthorized"},
		{500, "GET", "/api/auth/me", "broken-issuer", "", "internal"},
		{400, "POST", "/api/auth/sign-in", "", "no json", "bad_json"},
		{400, "POST", "/api/auth/sign-in", "", `{"mail":"x"}`, "bad_json"},
		{422, "POST", "/api/auth/users", "", `{"email":"x","password":"long enough"}`, "invalid"},
		{422, "POST", "/api/auth/users", "", `{"email":"a@b.example","password":"short"}`, "invalid"},
		{400, "POST", "/api/auth/users", "", `{"email":"` + strings.Repeat("x", bodyLimit) + `"}`, "bad_json"},
		{422, "GET", "/api/images?limit=1000", "", "", "invalid"},
		{422, "GET", "/api/images?before=yesterday", "", "", "invalid"},
	} {
		if found := c.expect(k.want, k.method, k.path, k.user, k.text); code(found) != k.code {
			t.Errorf("%s %s: %v", k.method, k.path, found)
		}
	}
}

func TestSignUpAndSignIn(t *testing.T) {
	c := started(t)
	good := `{"email":"Ann@b.example","password":"long enough"}`
	made := c.expect(201, "POST", "/api/auth/users", "", good)
	if user := made["user"].(map[string]any); user["id"] != "user-1" || len(user) != 2 {
		t.Error("the hash must not be told: ", user)
	}
	if found := c.expect(409, "POST", "/api/auth/users", "", good); code(found) != "taken" {
		t.Error(found)
	}
	c.expect(200, "POST", "/api/auth/sign-in", "", `{"email":"ann@b.example","password":"long enough"}`)
	wrong := c.expect(401, "POST", "/api/auth/sign-in", "", `{"email":"ann@b.example","password":"wrong enough"}`)
	unknown := c.expect(401, "POST", "/api/auth/sign-in", "", `{"email":"bob@b.example","password":"wrong enough"}`)
	if fmt.Sprint(wrong) != fmt.Sprint(unknown) {
		t.Error("an answer tells who has an account")
	}
	c.expect(429, "POST", "/api/auth/sign-in", "", good)
}

func TestFromUploadToDerivedImage(t *testing.T) {
	c := started(t)
	for _, refused := range []string{
		`{"title":"","contentType":"image/png","size":10}`,
		`{"title":"x","contentType":"image/svg+xml","size":10}`,
		`{"title":"x","contentType":"image/png","size":0}`,
		`{"title":"x","contentType":"image/png","size":100001}`,
	} {
		c.expect(422, "POST", "/api/uploads", "user-1", refused)
	}
	id := c.expect(201, "POST", "/api/uploads", "user-1", `{"title":"Tree","contentType":"image/png","size":10}`)["id"].(string)
	path := "/api/images/" + id
	if found := c.expect(409, "POST", path+"/process", "user-1", ""); code(found) != "not_uploaded" {
		t.Error(found)
	}
	c.expect(404, "GET", path, "", "")
	c.memory.uploads[id] = tiny(t)
	c.expect(404, "POST", path+"/process", "user-2", "")
	made := c.expect(201, "POST", path+"/process", "user-1", "")
	if url := made["variants"].([]any)[0].(map[string]any)["url"]; url != "https://cdn.example/"+id+"/16.webp" || c.memory.derived[id+"/16.webp"] == nil {
		t.Error(made)
	}
	if c.memory.kept[id] == nil || len(c.memory.uploads) != 0 {
		t.Error("the original was not kept, or its upload not removed")
	}
	c.expect(200, "POST", path+"/process", "user-1", "")
	c.expect(200, "GET", path, "", "")
	if list := c.expect(200, "GET", "/api/images", "", "")["images"].([]any); len(list) != 1 {
		t.Error(list)
	}
	c.expect(401, "GET", path+"/original", "", "")
	c.expect(404, "GET", path+"/original", "user-2", "")
	c.expect(200, "GET", path+"/original", "user-1", "")
	c.expect(404, "PATCH", path, "user-2", `{"title":"Mine"}`)
	if renamed := c.expect(200, "PATCH", path, "user-1", `{"title":" Oak "}`); renamed["title"] != "Oak" {
		t.Error(renamed)
	}
	c.expect(404, "DELETE", path, "user-2", "")
	c.expect(204, "DELETE", path, "user-1", "")
	if len(c.memory.derived)+len(c.memory.kept) != 0 {
		t.Error("objects were left behind")
	}
}

func TestAFileThatIsNotWhatItSaysIsRefusedAndRemoved(t *testing.T) {
	for name, data := range map[string][]byte{"other type": []byte("%PDF-1.7"), "cut off": tiny(t)[:40]} {
		c := started(t)
		id := c.expect(201, "POST", "/api/uploads", "user-1", `{"title":"x","contentType":"image/png","size":10}`)["id"].(string)
		c.memory.uploads[id] = data
		c.expect(422, "POST", "/api/images/"+id+"/process", "user-1", "")
		if len(c.memory.uploads) != 0 || c.memory.images[id].Status != store.Refused {
			t.Error(name, ": the upload is still there")
		}
		c.expect(422, "POST", "/api/images/"+id+"/process", "user-1", "")
	}
}

func TestCrossOrigin(t *testing.T) {
	c := started(t)
	preflight := func(origin, method, header string) http.Header {
		request := httptest.NewRequest("OPTIONS", "/api/images/1", nil)
		request.Header.Set("Origin", origin)
		request.Header.Set("Access-Control-Request-Method", method)
		request.Header.Set("Access-Control-Request-Headers", header)
		answer := httptest.NewRecorder()
		c.handler.ServeHTTP(answer, request)
		return answer.Header()
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		if found := preflight("https://shop.example", method, "authorization,content-type"); found.Get("Access-Control-Allow-Origin") != "https://shop.example" {
			t.Error(method, found)
		}
	}
	for _, bad := range [][]string{{"https://evil.example", "GET", "authorization"}, {"https://shop.example", "TRACE", "authorization"}, {"https://shop.example", "GET", "x-other"}} {
		if found := preflight(bad[0], bad[1], bad[2]); found.Get("Access-Control-Allow-Origin") != "" {
			t.Error(bad, found)
		}
	}
	if !slices.Contains(preflight("https://shop.example", "GET", "authorization").Values("Vary"), "Origin, Access-Control-Request-Method, Access-Control-Request-Headers") {
		t.Error("a cache may give one origin's answer to another")
	}
}

func TestNoOriginsMeansNone(t *testing.T) {
	request := httptest.NewRequest("GET", "/", nil)
	request.Header.Set("Origin", "https://evil.example")
	answer := httptest.NewRecorder()
	crossOrigin(config.CORS{}).Handler(http.NotFoundHandler()).ServeHTTP(answer, request)
	if answer.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error(answer.Header())
	}
}

func TestAPanicIsAnAnswer(t *testing.T) {
	s := &server{Parts{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}}
	answer := httptest.NewRecorder()
	s.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })).ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	if answer.Code != 500 || !strings.Contains(answer.Body.String(), "internal") {
		t.Error(answer)
	}
}

func TestDerivedImagesAreServedWhereNoCDNIs(t *testing.T) {
	c := started(t)
	c.memory.derived["image-1/320.webp"] = []byte("picture")
	found := c.get("/_images/image-1/320.webp", nil)
	if found.Code != 200 || found.Body.String() != "picture" || found.Header().Get("Cache-Control") != derivedCacheControl {
		t.Error(found)
	}
	if found := c.get("/_images/image-1/320.webp", map[string]string{"If-None-Match": `"1"`}); found.Code != 304 || found.Body.Len() != 0 {
		t.Error(found)
	}
	for _, path := range []string{"/_images/image-1/321.webp", "/_images/image-1/320.png", "/_images/..%2foriginals/320.webp", "/_images/image-1/"} {
		if found := c.get(path, nil); found.Code != 404 {
			t.Error(path, found.Code)
		}
	}
}

func TestKeysArePublishedAndASharedSecretIsNot(t *testing.T) {
	c := started(t)
	if found := c.get("/.well-known/jwks.json", nil); found.Code != 404 {
		t.Error(found.Code)
	}
	s := &server{Parts{Settings: config.Config{Token: config.Token{JWKS: `{"keys":[]}`}}}}
	answer := httptest.NewRecorder()
	if err := s.showKeys(answer, nil); err != nil || answer.Body.String() != `{"keys":[]}` {
		t.Error(err, answer)
	}
}
