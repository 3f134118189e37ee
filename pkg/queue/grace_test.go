//go:build unix

package queue

import (
	"context"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestGrace: a worker that hears that it shall stop is left to end by itself, one that does not is killed after the
// grace.
func TestGrace(t *testing.T) {
	for name, c := range map[string]struct {
		script      string
		least, most time.Duration
		killed      bool
	}{
		"obeys": {"cat > /dev/null", 0, 5 * time.Second, false},
		"deaf":  {"exec sleep 60", 500 * time.Millisecond, 20 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			var mutex sync.Mutex
			var said []string
			p := &Pool{Grace: 500 * time.Millisecond,
				Commands: []func() *exec.Cmd{func() *exec.Cmd { return exec.Command("sh", "-c", c.script) }},
				Log:      func(line string) { mutex.Lock(); defer mutex.Unlock(); said = append(said, line) }}
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(200*time.Millisecond, cancel)
			start := time.Now()
			p.Run(ctx)
			took := time.Since(start)
			mutex.Lock()
			defer mutex.Unlock()
			if killed := strings.Contains(strings.Join(said, "\n"), "killed"); killed != c.killed || took < c.least ||
				took > c.most {
				t.Errorf("ended after %v, said %q", took, said)
			}
		})
	}
}
