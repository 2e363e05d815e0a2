package password

import (
	"context"
	"errors"
	"testing"
)

func TestAHashMatchesItsPasswordAndNoOther(t *testing.T) {
	hash, err := Hash(context.Background(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	for plain, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false} {
		if got, err := Matches(context.Background(), plain, hash); err != nil || got != want {
			t.Errorf("%q: %v, %v", plain, got, err)
		}
	}
	again, _ := Hash(context.Background(), "correct horse")
	if again == hash {
		t.Error("two hashes have the same salt")
	}
}

func TestNobodyHasThePasswordOfNobody(t *testing.T) {
	if got, err := Matches(context.Background(), "", ""); err != nil || got {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Matches(context.Background(), "x", "plain text"); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}
