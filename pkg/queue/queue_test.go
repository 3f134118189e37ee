package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tightrope/pkg/record"
)

// counted makes tasks that leave a file, and counts how often each was run.
func counted(dir string, n int, work func(ctx context.Context, c *Claim) error) (tasks []Task, runs []*atomic.Int32) {
	for i := range n {
		folder := filepath.Join(dir, fmt.Sprint("task", i))
		result, count := filepath.Join(folder, "result"), &atomic.Int32{}
		tasks = append(tasks, Task{Name: fmt.Sprint("task", i), Dir: folder,
			Done: func() (bool, error) {
				_, err := os.Stat(result)
				return err == nil, nil
			},
			Run: func(ctx context.Context, c *Claim) error {
				count.Add(1)
				if err := work(ctx, c); err != nil {
					return err
				}
				return record.WriteAtomic(result, []byte("x"))
			}})
		runs = append(runs, count)
	}
	return tasks, runs
}

// TestWork has four workers share forty tasks: each is run once.
func TestWork(t *testing.T) {
	tasks, runs := counted(t.TempDir(), 40, func(context.Context,
		*Claim) error {
		time.Sleep(time.Millisecond)
		return nil
	})
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			if err := Work(context.Background(), tasks,
				Options{Worker: fmt.Sprint(w), Poll: 5 * time.Millisecond}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for i, n := range runs {
		if s, err := Look(tasks[i].Dir); n.Load() != 1 || err != nil || s.Status != Done || s.Number != 1 {
			t.Errorf("task %d was run %d times, state %+v, error %v", i, n.Load(), s, err)
		}
	}
}

// dead leaves a claim as a process that was killed does, on a host and renewed some time ago.
func dead(t *testing.T, dir string, host Host, lease, age time.Duration) {
	t.Helper()
	c, err := Take(context.Background(), dir, "dead", lease)
	if err != nil {
		t.Fatal(err)
	}
	close(c.stop)
	<-c.ended
	c.state.Host, c.state.Status = host, Running
	if err := c.write(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(c.path(), time.Time{}, time.Now().Add(-age)); err != nil {
		t.Fatal(err)
	}
	c.lock.Unlock()
}

// TestTakeOver: on this kernel a free lock proves death; of another machine only an old claim does.
func TestTakeOver(t *testing.T) {
	far := Host{Name: "far", Boot: "another kernel", PID: 1}
	for _, test := range []struct {
		name string
		host Host
		age  time.Duration
		want error
	}{
		{"here, just now", thisHost(), 0, nil},
		{"far, just now", far, 0, ErrBusy},
		{"far, almost a lease ago", far, 50 * time.Second, ErrBusy},
		{"far, long ago", far, 2 * time.Minute, nil},
	} {
		dir := t.TempDir()
		dead(t, dir, test.host, time.Minute, test.age)
		c, err := Take(context.Background(), dir, "w", time.Minute)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: error %v, want %v", test.name, err, test.want)
			continue
		}
		if err != nil {
			continue
		}
		if c.state.Number != 2 || c.Deaths() != 1 {
			t.Errorf("%s: claim %d after %d deaths", test.name, c.state.Number, c.Deaths())
		}
		if _, err := Take(context.Background(), dir, "other", time.Minute); !errors.Is(err, ErrBusy) {
			t.Errorf("%s: a second worker got the claim too (%v)", test.name, err)
		}
		if err := c.Release(Done, nil); err != nil {
			t.Error(err)
		}
	}
}

// TestLinkOnce has many processes without a common lock make the same claim: one gets it.
func TestLinkOnce(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	var got, refused atomic.Int32
	for i := range 16 {
		group.Go(func() {
			c := &Claim{dir: dir, state: State{Schema: schema, Number: 1,
				Host: Host{Name: fmt.Sprint("host", i), PID: i}}}
			switch err := c.link(); {
			case err == nil:
				got.Add(1)
			case errors.Is(err, ErrBusy):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got.Load() != 1 || refused.Load() != 15 {
		t.Errorf("%d got the claim, %d were refused", got.Load(), refused.Load())
	}
}

// TestLost takes a claim over behind its owner's back, as another machine may after a lease: the owner's context ends,
// and its release changes nothing.
func TestLost(t *testing.T) {
	dir := t.TempDir()
	c, err := Take(context.Background(), dir, "slow", 60*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	next := &Claim{dir: dir, state: State{Schema: schema, Number: 2, Status: Running, Worker: "quick",
		Host: Host{Name: "far", Boot: "b"}}}
	if err := next.link(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.Context().Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the owner did not notice")
	}
	if cause := context.Cause(c.Context()); !errors.Is(cause, ErrLost) || !strings.Contains(cause.Error(), "quick") {
		t.Errorf("cause %v", cause)
	}
	if err := c.Release(Done, nil); !errors.Is(err, ErrLost) {
		t.Errorf("release: %v", err)
	}
	if s, err := Look(dir); err != nil || s.Worker != "quick" || s.Status != Running {
		t.Errorf("state %+v, error %v", s, err)
	}
}

// TestRenew: the claim's file follows reports and stays fresh without them.
func TestRenew(t *testing.T) {
	dir := t.TempDir()
	c, err := Take(context.Background(), dir, "w", 600*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release(Waiting, nil)
	c.Report("half", true)
	first := eventually(t, dir, func(s State) bool { return s.Status == Running && s.Progress == "half" })
	eventually(t, dir, func(s State) bool { return s.Updated.After(first.Updated) })
}

func eventually(t *testing.T, dir string, ok func(State) bool) State {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		s, err := Look(dir)
		if err == nil && ok(s) {
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("state %+v, error %v", s, err)
		}
	}
}

// TestFailure: a failed task is not tried again by the same sweep, by the next one it is; the others are done.
func TestFailure(t *testing.T) {
	broken := errors.New("broken")
	tasks, runs := counted(t.TempDir(), 3, func(context.Context, *Claim) error { return nil })
	bad, wrong := tasks[1].Run, true
	tasks[1].Run = func(ctx context.Context, c *Claim) error {
		if wrong {
			runs[1].Add(1)
			return broken
		}
		return bad(ctx, c)
	}
	err := Work(context.Background(), tasks, Options{Poll: time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "1 of 3") || !strings.Contains(err.Error(), "task1: broken") {
		t.Errorf("error %v", err)
	}
	if Work(context.Background(), tasks, Options{Poll: time.Millisecond}); runs[0].Load() != 1 || runs[1].Load() != 1 ||
		runs[2].Load() != 1 {
		t.Error("a task that was done or had failed was run again")
	}
	for _, task := range tasks {
		if err := Retry(task.Dir); err != nil {
			t.Fatal(err)
		}
	}
	wrong = false
	if err := Work(context.Background(), tasks, Options{Poll: time.Millisecond}); err != nil || runs[1].Load() != 2 ||
		runs[0].Load() != 1 {
		t.Errorf("after Retry: error %v, task 1 was run %d times, task 0 %d times", err, runs[1].Load(), runs[0].Load())
	}
}

// TestDeaths: a task that kills its workers is given up; a milestone in between starts the count again.
func TestDeaths(t *testing.T) {
	tasks, runs := counted(t.TempDir(), 1, func(context.Context, *Claim) error { return nil })
	for range 3 {
		dead(t, tasks[0].Dir, thisHost(), time.Minute, 0)
	}
	err := Work(context.Background(), tasks, Options{MaxDeaths: 3})
	if err == nil || !strings.Contains(err.Error(), "3 workers in a row died") || runs[0].Load() != 0 {
		t.Errorf("error %v after %d runs", err, runs[0].Load())
	}
	c, err := Take(context.Background(), t.TempDir(), "w", 0)
	if err != nil {
		t.Fatal(err)
	}
	c.state.Deaths = 2
	c.Report("", false)
	if c.Deaths() != 2 {
		t.Error("progress that is no milestone forgets deaths")
	}
	if c.Report("", true); c.Deaths() != 0 {
		t.Error("a milestone does not forget deaths")
	}
	c.Release(Waiting, nil)
}

// TestStop: a cancelled worker gives its task back at once.
func TestStop(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	tasks, _ := counted(t.TempDir(), 2, func(ctx context.Context,
		_ *Claim) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	if err := Work(ctx, tasks, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if s, err := Look(tasks[0].Dir); err != nil || s.Status != Waiting || s.Deaths != 0 {
		t.Errorf("state %+v, error %v", s, err)
	}
}

// TestHopeless: a full disk ends the worker instead of failing one task after the other.
func TestHopeless(t *testing.T) {
	tasks, runs := counted(t.TempDir(), 3, func(context.Context,
		*Claim) error {
		return fmt.Errorf("checkpoint: %w", syscall.ENOSPC)
	})
	if err := Work(context.Background(), tasks, Options{}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v", err)
	}
	if s, _ := Look(tasks[0].Dir); s.Status != Waiting || runs[1].Load() != 0 {
		t.Errorf("state %+v, the second task was run %d times", s, runs[1].Load())
	}
}

// TestOtherVersion: claims of another version and damaged ones are left alone, with an error that says what to do.
func TestOtherVersion(t *testing.T) {
	for content, want := range map[string]string{`{"schema":7,"status":"running"}`: "schema 7", `{"sche`: "damaged"} {
		tasks, runs := counted(t.TempDir(), 1, func(context.Context, *Claim) error { return nil })
		os.Mkdir(tasks[0].Dir, 0o755)
		path := claimPath(tasks[0].Dir, 1)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		err := Work(context.Background(), tasks, Options{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "delete") ||
			runs[0].Load() != 0 {
			t.Errorf("%s: error %v after %d runs", content, err, runs[0].Load())
		}
		if now, _ := os.ReadFile(path); string(now) != content {
			t.Errorf("the claim was changed to %s", now)
		}
	}
}

func TestStateAsJSON(t *testing.T) {
	want := State{Schema: schema, Number: 3, Status: Running, Worker: "1", Host: thisHost(),
		Lease: Duration(90 * time.Second), Started: time.Now().UTC().Truncate(time.Second)}
	content, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got State
	if err := json.Unmarshal(content, &got); err != nil || got != want {
		t.Errorf("got %+v, want %+v (%v)", got, want, err)
	}
}
