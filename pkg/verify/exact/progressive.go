package exact

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"
)

// Stage of Decide that settled a margin.
type Stage int

const (
	// NoStage: nothing settled it.
	NoStage Stage = iota
	// StageLP: the triangle program on the given bounds.
	StageLP
	// StageLPAll: the same on bounds tightened by TightenLP.
	StageLPAll
	// StageMILP: the mixed-integer program.
	StageMILP
)

// String returns the stage's usual name.
func (s Stage) String() string {
	return [...]string{"none", "LP", "LP-all", "MILP"}[s]
}

// DecideOptions of Decide. Zero values are the defaults.
type DecideOptions struct {
	// TimeLimit of all stages together: none.
	TimeLimit time.Duration
	// Workers of the linear programs: the number of processors.
	Workers int
	// KeepMultipliers asks for the proofs of the linear programs.
	KeepMultipliers bool
	// LPOnly leaves the mixed-integer program out.
	LPOnly bool
}

// Margin is what is known of one margin after Decide.
type Margin struct {
	Verdict Verdict
	Stage   Stage // that gave the verdict
	// Lower <= minimum of the margin <= Upper. Lower is a Safe value of a linear
	// program, or (StageMILP) the solver's word.
	Lower, Upper float64
	X            []float64 // [inputs], where the network takes the value Upper
	LP           *LPBound  // the last linear program, nil where none was solved
}

// Decision is the outcome of Decide.
type Decision struct {
	// Verdict of the image: Falsified if some margin is, Certified if all are.
	Verdict Verdict
	Stage   Stage    // the latest one that was needed for the verdict
	Margins []Margin // one for every row of c; Unknown where a falsified one came first
	// Bounds are the tightest found, and Proofs how they were (with KeepMultipliers).
	// The programs of StageLP were solved on the given bounds.
	Bounds   Bounds
	Proofs   []UnitProof
	Duration time.Duration
}

// Decide settles the signs of all margins c [rows, outputs] by dearer and dearer
// programs (progressive tightening, Tjeng et al. 2019): the LP on the given bounds,
// LP-all, then a MILP for each margin that is left. It stops at the first negative
// margin, or at the time limit, which leaves margins Unknown. A cancelled ctx gives
// ctx.Err and what is known by then.
func Decide(ctx context.Context, n *Net, ball *Ball, bounds Bounds, c [][]float64, o DecideOptions) (*Decision, error) {
	if err := checkAll(n, ball, bounds); err != nil {
		return nil, err
	}
	if err := checkRows(n, c); err != nil {
		return nil, err
	}
	if len(c) == 0 {
		return nil, errors.New("no margins to decide: give one row for every wrong class")
	}
	limited, cancel := ctx, context.CancelFunc(func() {})
	if o.TimeLimit > 0 {
		limited, cancel = context.WithTimeout(ctx, o.TimeLimit)
	}
	defer cancel()
	start := time.Now()
	d := &Decision{Bounds: bounds, Margins: make([]Margin, len(c))}
	for i := range d.Margins {
		d.Margins[i] = Margin{Lower: math.Inf(-1), Upper: math.Inf(1)}
	}
	err := d.stages(limited, n, ball, c, o)
	d.settle()
	d.Duration = time.Since(start)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = nil // the image's own limit
	}
	return d, err
}

// stages runs one stage after the other while margins are open.
func (d *Decision) stages(ctx context.Context, n *Net, ball *Ball, c [][]float64, o DecideOptions) error {
	lp := LPOptions{Workers: o.Workers, KeepMultipliers: o.KeepMultipliers}
	if err := d.linear(ctx, n, ball, c, lp, StageLP); err != nil || d.done() {
		return err
	}
	tight, err := TightenLP(ctx, n, ball, d.Bounds, TightenOptions{LPOptions: lp})
	if err != nil {
		return err
	}
	d.Bounds, d.Proofs = tight.Bounds, tight.Proofs
	if err := d.linear(ctx, n, ball, c, lp, StageLPAll); err != nil || d.done() || o.LPOnly {
		return err
	}
	return d.exact(ctx, n, ball, c)
}

// done reports whether a margin is falsified or none is open.
func (d *Decision) done() bool {
	d.settle()
	return d.Verdict != Unknown
}

// settle derives the image's verdict from its margins'.
func (d *Decision) settle() {
	d.Verdict, d.Stage = Certified, NoStage
	for i := range d.Margins {
		switch m := &d.Margins[i]; m.Verdict {
		case Falsified:
			d.Verdict, d.Stage = Falsified, m.Stage
			return
		case Unknown:
			d.Verdict = Unknown
		}
		d.Stage = max(d.Stage, d.Margins[i].Stage)
	}
}

// open lists the margins without a verdict, the lowest bound first.
func (d *Decision) open() []int {
	var open []int
	for i := range d.Margins {
		if d.Margins[i].Verdict == Unknown {
			open = append(open, i)
		}
	}
	slices.SortStableFunc(open, func(i, j int) int { return cmp.Compare(d.Margins[i].Lower, d.Margins[j].Lower) })
	return open
}

// linear solves the LP of every open margin on the present bounds.
func (d *Decision) linear(ctx context.Context, n *Net, ball *Ball, c [][]float64, o LPOptions, stage Stage) error {
	open := d.open()
	rows := make([][]float64, len(open))
	for k, i := range open {
		rows[k] = c[i]
	}
	found, err := LastLayerLP(ctx, n, ball, d.Bounds, rows, o)
	for k := range found {
		b, m := &found[k], &d.Margins[open[k]]
		m.Lower = max(m.Lower, b.Safe)
		if b.Margin < m.Upper {
			m.Upper, m.X = b.Margin, b.X
		}
		if b.X != nil {
			m.LP = b
		}
		if m.Verdict = b.Verdict(); m.Verdict != Unknown {
			m.Stage = stage
		}
	}
	return err
}

// exact solves a MILP for one open margin after the other, until one is negative.
func (d *Decision) exact(ctx context.Context, n *Net, ball *Ball, c [][]float64) error {
	for _, i := range d.open() {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := &d.Margins[i]
		r, err := MILP(ctx, n, ball, d.Bounds, c[i], MILPOptions{DecideOnly: true, Start: m.X})
		if err != nil {
			return err
		}
		lower, upper := r.Interval()
		m.Lower = max(m.Lower, lower)
		if upper < m.Upper {
			m.Upper, m.X = upper, r.X
		}
		if m.Verdict = r.Verdict(); m.Verdict != Unknown {
			m.Stage = StageMILP
		}
		if m.Verdict == Falsified {
			return nil
		}
	}
	return ctx.Err()
}
