package selftest

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/measure"
)

// TestChecks: every check passes here; those of published errors lack their data, and are skipped.
func TestChecks(t *testing.T) {
	seen := 0
	report, err := Run(context.Background(), Options{Scope: OnlyChecks, Quick: true, DataDir: t.TempDir(),
		Report: func(r *Report) error {
			if seen++; len(r.Checks) != seen || r.Last() == "" {
				t.Errorf("report %d has %d checks, last %q", seen, len(r.Checks), r.Last())
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Checks {
		if c.Skipped != strings.HasPrefix(c.Name, "published") || c.OK == c.Skipped {
			t.Errorf("%+v", c)
		}
	}
	if len(report.Checks) != 9 || !report.OK() || len(report.Timings) != 0 || report.Backend.Name == "" {
		t.Errorf("report %+v", report)
	}
	var text strings.Builder
	if err := report.Print(&text); err != nil || strings.Count(text.String(), "\nok ") < 7 {
		t.Errorf("printed, error %v:\n%s", err, text.String())
	}
	content, err := json.Marshal(report)
	var back Report
	if err == nil {
		err = json.Unmarshal(content, &back)
	}
	if err != nil || len(back.Checks) != 9 || back.Backend.Name != report.Backend.Name {
		t.Errorf("as JSON, error %v: %s", err, content)
	}
}

// TestPublished: the published errors are met, and others are not taken for them.
func TestPublished(t *testing.T) {
	s := &session{ctx: context.Background(), backend: testbackend.Open(t)}
	c := s.check("published", s.published(0))
	if c.Skipped {
		t.Skipf("*** SKIPPED, published errors are NOT checked: %s", c.Detail)
	}
	if !c.OK {
		t.Errorf("%+v", c)
	}
	e := measure.Errors{Samples: 10000, Standard: 409, Uncertified: 1832}
	if text, err := publishedErrors[0].same(e); err != nil || !strings.Contains(text, "18.32 %") {
		t.Errorf("%s, error %v", text, err)
	}
	for _, other := range []measure.Errors{{Samples: 9999, Standard: 409, Uncertified: 1832},
		{Samples: 10000, Standard: 410, Uncertified: 1832}, {Samples: 10000, Standard: 409, Uncertified: 1833}} {
		if text, err := publishedErrors[0].same(other); err == nil {
			t.Errorf("%+v: %s", other, text)
		}
	}
}

// rounded rounds to 10 bits behind the point, as TF32 does for numbers in [1, 2).
func rounded(x *Node) *Node { return DivScalar(Round(MulScalar(x, 1024)), 1024) }

// TestTF32IsSeen: a product or convolution that rounds one of its factors as TF32 does is refused.
func TestTF32IsSeen(t *testing.T) {
	b := testbackend.Open(t)
	for _, size := range productSizes[:3] {
		for side, product := range map[string]func(a, b *Node) *Node{
			"left":  func(a, b *Node) *Node { return Dot(rounded(a), b).Product() },
			"right": func(a, b *Node) *Node { return Dot(a, rounded(b)).Product() },
		} {
			if err := exactProduct(b, size, product); err == nil || !strings.Contains(err.Error(), "TF32") {
				t.Errorf("product of %v that rounds its %s factor: error %v", size, side, err)
			}
		}
	}
	for _, form := range []convolution{{stride: 1, dilation: 1}, {stride: 2, dilation: 1}, {stride: 1, dilation: 2}} {
		apply := func(x, kernel *Node) *Node { return form.apply(rounded(x), kernel) }
		if err := exactConvolution(b, convolutionSizes[0], form, apply); err == nil ||
			!strings.Contains(err.Error(), "TF32") {
			t.Errorf("convolution %+v of a rounded source: error %v", form, err)
		}
	}
}

// TestRowsOfPeers: the rows are those of the peers' table, in its order, with its samples; "only started" is no speed.
func TestRowsOfPeers(t *testing.T) {
	content, err := os.ReadFile("../../benchmarks/compare.py")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, m := range regexp.MustCompile(`(?m)^    Case\("([^"]+)"`).FindAllStringSubmatch(string(content), -1) {
		want = append(want, m[1])
	}
	for _, r := range rows {
		got = append(got, r.title)
	}
	if len(want) < 10 || !slices.Equal(got, want[1:]) {
		t.Errorf("rows %q\npeers' %q", got, want)
	}
	for _, r := range rows {
		if n, err := r.network(); err != nil {
			t.Errorf("%s: %v", r.title, err)
		} else if f, err := r.flops(n); err != nil || f <= 0 {
			t.Errorf("%s: %v FLOPs, error %v", r.title, f, err)
		}
	}
}

// TestTimings times the rows that are fast on every backend; a row that fails makes the report fail, one that is
// skipped does not.
func TestTimings(t *testing.T) {
	all := rows
	defer func() { rows = all }()
	rows = append(slices.Clone(all[:3]), row{title: "wrong", arch: "mlp-2x100", projections: -1, samples: 2,
		quick: true})
	report, err := Run(context.Background(), Options{Scope: OnlyTimes, Quick: true})
	if err != nil {
		t.Fatal(err)
	}
	if report.Product == nil || report.Product.Rate <= 0 || len(report.Timings) != 4 || len(report.Checks) != 0 {
		t.Fatalf("report %+v", report)
	}
	for _, row := range report.Timings[:3] {
		if row.Error+row.Skipped != "" || !(row.MS > 0 && row.Fastest <= row.MS && row.Rate > 0 && row.Share > 0 &&
			row.First > 0) {
			t.Errorf("%+v", row)
		}
	}
	if last := report.Timings[3]; report.OK() || last.Error == "" || !strings.Contains(last.cells()[1], "FAILED") {
		t.Errorf("%+v", last)
	}
}

// TestLimit: nothing is begun after the limit, and what was not begun is no failure.
func TestLimit(t *testing.T) {
	report, err := Run(context.Background(), Options{Quick: true, Limit: time.Nanosecond})
	if err != nil || !report.OK() {
		t.Fatalf("report %+v, error %v", report, err)
	}
	for _, c := range report.Checks {
		if c.OK || !c.Skipped {
			t.Errorf("%+v", c)
		}
	}
	for _, row := range report.Timings {
		if row.Skipped == "" {
			t.Errorf("%+v", row)
		}
	}
}

// TestEnds: a cancelled context and a report that cannot be taken end the self-test.
func TestEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, Options{Limit: time.Nanosecond}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	full := errors.New("disk full")
	if _, err := Run(context.Background(), Options{Limit: time.Nanosecond,
		Report: func(*Report) error { return full }}); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	if _, err := Run(context.Background(), Options{Backend: "none"}); err == nil {
		t.Error("an unknown backend is no error")
	}
}

// TestGuarded: a panic fails one check only, with what it said.
func TestGuarded(t *testing.T) {
	s := &session{}
	c := s.check("panics", func() (string, error) { panic("no such operation") })
	if c.OK || c.Skipped || !strings.Contains(c.Detail, "no such operation") {
		t.Errorf("%+v", c)
	}
	if c = s.check("skips", func() (string, error) { return "", skipped("no data") }); c.OK || !c.Skipped ||
		(&Report{Checks: []Check{c}}).OK() != true {
		t.Errorf("%+v", c)
	}
}
