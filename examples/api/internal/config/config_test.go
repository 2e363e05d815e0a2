package config

import (
	"strings"
	"testing"
	"time"
)

func from(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { value, ok := values[name]; return value, ok }
}

func smallest() map[string]string {
	return map[string]string{
		"DATABASE_URL":        "postgres://localhost/api",
		"JWT_SECRET":          strings.Repeat("s", 32),
		"S3_BUCKET_ORIGINALS": "originals",
		"S3_BUCKET_DERIVED":   "derived",
	}
}

func TestTheSmallestEnvironment(t *testing.T) {
	found, err := FromEnv(from(smallest()))
	if err != nil {
		t.Fatal(err)
	}
	if found.Port != "8080" || found.Upload.MaxBytes != 10<<20 || len(found.CORS.Origins) != 0 {
		t.Errorf("unexpected defaults: %+v", found)
	}
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	_, err := FromEnv(from(map[string]string{
		"JWT_SECRET": "short", "JWT_JWKS": "{}", "UPLOAD_MAX_BYTES": "much", "IMAGE_FORMATS": "webp,gif",
		"CORS_ALLOWED_ORIGINS": "*", "CORS_ALLOW_CREDENTIALS": "true", "JWT_SECRET_PREVIOUS_UNTIL": "tomorrow", "S3_ENDPOINT": "store:9000",
	}))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{
		"DATABASE_URL: is missing", "JWT_SECRET: set exactly one", "JWT_SECRET: has 5 bytes", "UPLOAD_MAX_BYTES", `"gif"`,
		"CORS_ALLOWED_ORIGINS", "JWT_SECRET_PREVIOUS_UNTIL", "S3_BUCKET_DERIVED: is missing", "S3_ENDPOINT",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in:\n%s", part, err)
		}
	}
}

func TestR2NamesStandInForS3Names(t *testing.T) {
	values := smallest()
	delete(values, "S3_BUCKET_ORIGINALS")
	values["R2_BUCKET_ORIGINALS"], values["R2_ACCOUNT_ID"] = "pictures", "abc"
	values["JWT_SECRET_PREVIOUS_UNTIL"] = "2026-11-21T08:00:00Z"
	found, err := FromEnv(from(values))
	if err != nil {
		t.Fatal(err)
	}
	if found.Objects.Originals != "pictures" || found.Objects.Endpoint != "https://abc.r2.cloudflarestorage.com" || found.Objects.Region != "auto" {
		t.Errorf("%+v", found.Objects)
	}
	if !found.Token.PreviousUntil.Equal(time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)) {
		t.Error(found.Token.PreviousUntil)
	}
}
