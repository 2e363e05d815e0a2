package limit

import (
	"context"
	"testing"
	"time"
)

func TestAttemptsAreCountedPerKeyAndWindow(t *testing.T) {
	a, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	a.now = func() time.Time { return now }
	for range allowed {
		if !a.Allow(context.Background(), "one") {
			t.Fatal("refused too early")
		}
	}
	if a.Allow(context.Background(), "one") || !a.Allow(context.Background(), "two") {
		t.Fatal("keys are mixed up")
	}
	now = now.Add(window + time.Second)
	if !a.Allow(context.Background(), "one") {
		t.Fatal("still refused after the window")
	}
}

func TestAWrongAddressIsRefusedWithoutItsPassword(t *testing.T) {
	_, err := New("http://:hunter2@host")
	if err == nil || err.Error() != "REDIS_URL: not an address like redis://host:6379/0" {
		t.Fatal(err)
	}
}

func TestARedisThatIsAwayStopsNobody(t *testing.T) {
	a, err := New("redis://127.0.0.1:1/0")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if !a.Allow(context.Background(), "one") {
		t.Fatal("refused")
	}
}
