package readcache

import (
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const overhead = 512 // bytes of an entry beside its texts: maps, slices, the list's element

// echoed are headers that APIs write into answers, in CORS headers and absolute addresses, and forget to name in Vary.
var echoed = []string{"Origin", "X-Forwarded-Host", "X-Forwarded-Proto"}

// store has two kinds of entries in one list: a resource's, which says what its answers differ by, and its answers. An
// answer's key holds the resource's number, so what a resource had before it was dropped is found no more.
type store struct {
	mutex   sync.Mutex
	entries *simplelru.LRU[string, entry]
	bytes   int
	max     int
	number  uint64
	drops   uint64
}

type entry struct {
	number uint64
	varies map[string]bool
	answer *answer
	size   int
}

func newStore(max int) *store {
	made := &store{max: max}
	// Its only error is a size below one; the bound is in bytes.
	made.entries, _ = simplelru.NewLRU(math.MaxInt, func(_ string, gone entry) { made.bytes -= gone.size })
	return made
}

// mark is for put: what was asked for before a write must not be kept after it.
func (s *store) mark() uint64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.drops
}

func (s *store) get(resource string, r *http.Request, now time.Time) *answer {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	known, found := s.entries.Get(resource)
	if !found {
		return nil
	}
	key := known.key(r)
	kept, found := s.entries.Get(key)
	if !found {
		return nil
	}
	if !now.Before(kept.answer.ends) {
		s.entries.Remove(key)
		return nil
	}
	return kept.answer
}

// put keeps an answer that was asked for at `asked`, unless there was a write since.
func (s *store) put(resource string, r *http.Request, found *answer, asked uint64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.drops != asked {
		return
	}
	names := varies(found.header)
	for _, name := range echoed {
		names[name] = true
	}
	known, exists := s.entries.Get(resource)
	if !exists || !covers(known.varies, names) {
		s.number++
		maps.Copy(names, known.varies)
		known = entry{number: s.number, varies: names}
		s.add(resource, known)
	}
	s.add(known.key(r), entry{answer: found})
	for s.bytes > s.max {
		s.entries.RemoveOldest()
	}
}

// drop forgets all answers of a resource.
func (s *store) drop(resource string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.drops++
	s.entries.Remove(resource)
}

func (s *store) add(key string, added entry) {
	added.size = overhead + len(key)
	if added.answer != nil {
		added.size += len(added.answer.body)
		for name, values := range added.answer.header {
			added.size += len(name) + len(strings.Join(values, ""))
		}
	}
	s.entries.Remove(key) // Add tells nobody of what it replaces
	s.entries.Add(key, added)
	s.bytes += added.size
}

// key tells an answer of the resource: by the query, and by the headers that its answers differ by.
func (e entry) key(r *http.Request) string {
	parts := []string{"answer " + strconv.FormatUint(e.number, 10), r.URL.RawQuery}
	for _, name := range slices.Sorted(maps.Keys(e.varies)) {
		parts = append(parts, strconv.Quote(strings.Join(r.Header.Values(name), ", ")))
	}
	return strings.Join(parts, "\n")
}

func covers(all, some map[string]bool) bool {
	for name := range some {
		if !all[name] {
			return false
		}
	}
	return true
}
