// Package selftest checks on a new machine whether bounds can be trusted there, and measures how fast they are: a first
// small program, reference values of bounds in both precisions, published errors, that nothing is rounded to TF32, and
// the time of every row of the table of benchmarks against the device's own float32 products.
package selftest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/backend"
	"tightrope/pkg/data"
	"tightrope/pkg/record"
)

// Scope is what a self-test does.
type Scope string

// The scopes.
const (
	Everything Scope = ""
	OnlyChecks Scope = "checks"
	OnlyTimes  Scope = "timings"
)

// Options of [Run]; the zero value checks and times everything on the backend that is found.
type Options struct {
	Backend string // name for backend.Open; empty: found
	DataDir string // folder of the data sets; empty: found
	Scope   Scope
	Quick   bool          // fewer rows, and shorter timing of each
	Limit   time.Duration // nothing is begun after so long, and a training that is timed then ends; 0: none
	// Report gets the report after each check and row, complete up to there; nil: nobody does.
	Report func(*Report) error
}

// Check is one thing that was checked.
type Check struct {
	Name    string  `json:"name"`
	OK      bool    `json:"ok"`
	Skipped bool    `json:"skipped,omitempty"` // nothing is known, e.g. for want of data or time; Detail says why
	Detail  string  `json:"detail"`
	Seconds float64 `json:"seconds"`
}

// Report is all that was found.
type Report struct {
	Schema   int             `json:"schema"`
	Kind     string          `json:"kind"` // "selftest"
	Started  time.Time       `json:"started"`
	Seconds  float64         `json:"seconds"`
	Versions record.Versions `json:"versions"`
	Machine  record.Machine  `json:"machine"`
	Backend  backend.Info    `json:"backend"`
	Inputs   string          `json:"inputs"` // of the timings: mnist, or noise where it is missing
	Quick    bool            `json:"quick,omitempty"`
	Checks   []Check         `json:"checks,omitempty"`
	Product  *Product        `json:"product,omitempty"`
	Timings  []Timing        `json:"timings,omitempty"`
}

// Schema is the version of the report's form.
const Schema = 1

// OK reports whether no check and no timing has failed; what was skipped has not.
func (r *Report) OK() bool {
	for _, c := range r.Checks {
		if !c.OK && !c.Skipped {
			return false
		}
	}
	for _, t := range r.Timings {
		if t.Error != "" {
			return false
		}
	}
	return true
}

// errSkipped is the error of a check that could not be made.
var errSkipped = errors.New("skipped")

// skipped says why a check could not be made.
func skipped(why string) error { return fmt.Errorf("%w: %s", errSkipped, why) }

// session is one self-test at work.
type session struct {
	options Options
	ctx     context.Context
	backend compute.Backend
	info    backend.Info
	start   time.Time
	report  *Report
	mnist   *data.Splits // nil if it is missing
	missing error        // why
}

// Run checks and times, and returns what it found. The error tells of a backend that cannot be opened, a context that
// was cancelled, or a report that could not be taken; failed checks are in the report only.
func Run(ctx context.Context, o Options) (*Report, error) {
	fresh := record.New("selftest", "selftest")
	s := &session{options: o, ctx: ctx, start: time.Now(), report: &Report{
		Schema: Schema, Kind: "selftest", Started: fresh.Started.UTC(), Versions: fresh.Versions,
		Machine: fresh.Machine, Quick: o.Quick}}
	var err error
	if s.backend, s.info, err = backend.Open(o.Backend); err != nil {
		return nil, err
	}
	s.report.Backend = s.info
	if o.Scope != OnlyTimes {
		if err := s.checks(); err != nil {
			return s.report, err
		}
	}
	if o.Scope != OnlyChecks {
		if err := s.timings(); err != nil {
			return s.report, err
		}
	}
	return s.report, nil
}

// checks runs all of them; one that fails does not keep the next from running.
func (s *session) checks() error {
	for _, c := range []struct {
		name string
		run  func() (string, error)
	}{
		{"first program: exp, log, product", s.firstProgram},
		{"no TF32 in products", s.exactProducts},
		{"no TF32 in convolutions", s.exactConvolutions},
		{"bounds in float32 against float64", s.precisions},
		{"published errors, lpd_mlp_b_0.1", s.published(0)},
		{"published errors, adv_mlp_b_0.1", s.published(1)},
		{"reference values, dense", s.references("N2_f64.json", "N2.json")},
		{"reference values, convolutions", s.references("N4.json")},
		{"reference values, l2 balls", s.references("N6_l2.json")},
	} {
		s.report.Checks = append(s.report.Checks, s.check(c.name, c.run))
		if err := s.publish(); err != nil {
			return err
		}
	}
	return nil
}

// check runs one check.
func (s *session) check(name string, run func() (string, error)) Check {
	c := Check{Name: name}
	if s.late() {
		c.Skipped, c.Detail = true, "not begun: the time limit is reached"
		return c
	}
	start := time.Now()
	detail, err := guarded(run)
	c.Seconds = time.Since(start).Seconds()
	c.OK, c.Detail = err == nil, detail
	if err != nil {
		c.Skipped, c.Detail = errors.Is(err, errSkipped), oneLine(err.Error())
	}
	return c
}

// late reports whether nothing more should be begun.
func (s *session) late() bool {
	return s.options.Limit > 0 && time.Since(s.start) > s.options.Limit
}

// publish hands the report over; the error is the receiver's, or the context's.
func (s *session) publish() error {
	s.report.Seconds = time.Since(s.start).Seconds()
	if s.options.Report != nil {
		if err := s.options.Report(s.report); err != nil {
			return err
		}
	}
	return s.ctx.Err()
}

// guarded turns a panic, as GoMLX throws for graphs that an engine refuses, into an error.
func guarded(run func() (string, error)) (detail string, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("panic: %v (%s)", problem, lastCall(string(debug.Stack())))
		}
	}()
	return run()
}

// lastCall is the innermost line of a stack that lies in this module.
func lastCall(stack string) string {
	for line := range strings.Lines(stack) {
		if strings.Contains(line, "tightrope/pkg/") && !strings.Contains(line, "selftest.guarded") &&
			!strings.HasPrefix(line, "\t") {
			return strings.TrimSpace(line)
		}
	}
	return "outside of this module"
}

// oneLine shortens an engine's error, which may span lines.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	const longest = 600
	if len(text) > longest {
		text = text[:longest] + "..."
	}
	return text
}

// images loads MNIST once.
func (s *session) images() (*data.Splits, error) {
	if s.mnist == nil && s.missing == nil {
		s.mnist, s.missing = data.Load("mnist", data.Options{Dir: s.options.DataDir})
	}
	return s.mnist, s.missing
}
