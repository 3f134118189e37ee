package competition

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tightrope/pkg/property"
	"tightrope/pkg/prove"
)

// Options of [Run]. Dir is needed; the zero value of everything else is useful.
type Options struct {
	Dir      string        // gets results.csv, record.json and proofs/
	Timeout  time.Duration // caps every instance's own limit; 0: it does not
	Workers  int           // instances at the same time; 0: 1. The processors are shared out among them
	Progress func(Result, Count)
}

// Proof of an answer, in results.csv.
type Proof string

// The proofs.
const (
	Checked   Proof = "checked"   // confirmed by its check
	Unchecked Proof = "unchecked" // an answer without a proof
	None      Proof = "none"      // no answer
)

// Result is one row of results.csv.
type Result struct {
	Instance
	Answer  property.Answer
	Seconds float64 // reading and check of the proof included
	Proof   Proof
	Reason  string // of no answer; on the screen only
}

// Count is how far a run is.
type Count struct{ Done, Total, Decided, Wrong int }

// Run works on all instances that Dir has no result of yet, and returns all results, in the order of the instances. It
// returns an error if the folder cannot be written or is of another run, and the context's at its end; an instance
// that cannot be read is a result with the answer "unknown" and a reason.
func Run(ctx context.Context, instances []Instance, o Options) ([]Result, error) {
	if err := os.MkdirAll(filepath.Join(o.Dir, "proofs"), 0o755); err != nil {
		return nil, err
	}
	if err := o.startRecord(); err != nil {
		return nil, err
	}
	r, err := openResults(o.Dir)
	if err != nil {
		return nil, err
	}
	defer r.close()
	run := &runner{Options: o, results: r, count: Count{Total: len(instances)}}
	workers := max(1, o.Workers)
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	threads := max(1, runtime.GOMAXPROCS(0)/workers)
	for n := range instances {
		group.Go(func() error { return run.one(inner, n, &instances[n], threads) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return r.inOrder(instances), nil
}

type runner struct {
	Options
	mutex   sync.Mutex
	results *results
	count   Count
}

// one works on an instance, unless it has a result.
func (r *runner) one(ctx context.Context, n int, i *Instance, threads int) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	result, known := r.results.of(i)
	if !known {
		result = solve(ctx, i, r.limit(i), threads, filepath.Join(r.Dir, "proofs", proofName(n, i)))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !known {
		if err := r.results.add(result); err != nil {
			return err
		}
	}
	r.count.Done++
	if result.decided() {
		r.count.Decided++
	}
	if result.wrong() {
		r.count.Wrong++
	}
	if r.Progress != nil {
		r.Progress(result, r.count)
	}
	return nil
}

func (r *runner) limit(i *Instance) time.Duration {
	if r.Timeout > 0 {
		return min(r.Timeout, i.Limit)
	}
	return i.Limit
}

func proofName(n int, i *Instance) string { return fmt.Sprintf("%s-%d.json.gz", i.Family, n) }

// solve works on one instance within its limit.
func solve(ctx context.Context, i *Instance, limit time.Duration, threads int, proof string) Result {
	start := time.Now()
	result := Result{Instance: *i, Answer: property.Unknown, Proof: None}
	inner, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p, err := property.Load(i.Network, i.Property)
	if err == nil {
		var r *prove.Result
		if r, err = prove.Solve(inner, p, prove.Options{Workers: threads}); err == nil {
			result.Answer, result.Reason = r.Answer, r.Reason
			if result.decided() {
				result.Proof = Unchecked
			}
			if r.Proof != nil && r.Report != nil {
				result.Proof = Checked
				err = r.Proof.Write(proof)
			}
		}
	}
	if err != nil {
		result.Reason = err.Error()
	}
	result.Seconds = time.Since(start).Seconds()
	return result
}

func (r *Result) decided() bool { return r.Answer == property.Sat || r.Answer == property.Unsat }

// wrong reports whether the answer contradicts the known one.
func (r *Result) wrong() bool { return r.decided() && r.Want != "" && r.Want != r.Answer }
