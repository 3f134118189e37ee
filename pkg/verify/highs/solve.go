package highs

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"
)

// Cutoff stops a MIP as soon as its sign is known. The zero value never stops.
type Cutoff struct {
	// AtDual stops once the dual bound exceeds Dual: every feasible point is above.
	AtDual bool
	Dual   float64
	// AtPrimal stops once an incumbent lies below Primal.
	AtPrimal bool
	Primal   float64
}

// reached compares a MIP's two bounds with the cutoff.
func (c *Cutoff) reached(dualBound, primalBound float64) bool {
	return (c.AtDual && dualBound > c.Dual) || (c.AtPrimal && primalBound < c.Primal)
}

// Options of a solve. Zero values are the defaults.
type Options struct {
	TimeLimit  time.Duration // none
	Threads    int           // 1
	NoPresolve bool          // presolve unless a basis is there
	// NoSearch turns off what looks for better incumbents of a MIP besides the tree: sub-MIPs (RINS, RENS), feasibility
	// jump, root restarts.
	NoSearch bool
	// Feasibility is the primal and dual tolerance of LPs, and the tolerance of integrality: 1e-7 (LP) and 1e-6
	// (integrality), HiGHS's own, if zero.
	Feasibility float64
	RelativeGap float64 // 0 means 1e-9: solve a MIP to optimality
	AbsoluteGap float64 // 0 means 1e-9
	Cutoff      Cutoff  // never
}

// Result of a solve.
type Result struct {
	Status Status
	// Objective is the optimum, or the value of the best point found; NaN without one.
	Objective float64
	// DualBound is the solver's lower bound of the optimum (of a MIP: from its tree; of an LP solved to optimality: the
	// objective); -Inf without one.
	DualBound float64
	X         []float64 // [cols], the best point, nil without one
	ColDual   []float64 // [cols], reduced costs, nil for a MIP
	RowDual   []float64 // [rows], multipliers, nil for a MIP
	// Iterations of the simplex method, Nodes of the tree.
	Iterations int
	Nodes      int64
	Duration   time.Duration
}

// Solve runs HiGHS until it ends, the time limit, the cutoff or the end of ctx; the last gives Interrupted and no
// error. Presolve of a large problem notices the end of ctx late.
func (s *Solver) Solve(ctx context.Context, o Options) (*Result, error) {
	if s.instance == nil {
		return nil, errClosed
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return &Result{Status: Interrupted, Objective: math.NaN(), DualBound: math.Inf(-1)}, nil
	}
	s.apply(o)
	s.watch.stop.Store(false)
	s.watch.why.Store(int32(notStopped))
	s.watch.cutoff = o.Cutoff
	release := context.AfterFunc(ctx, func() { s.watch.stop.Store(true) })
	defer release()
	start := time.Now()
	run(s, o)
	result := s.result()
	result.Duration = time.Since(start)
	return result, nil
}

// check refuses options without a meaning.
func (o *Options) check() error {
	for _, value := range []float64{o.Feasibility, o.RelativeGap, o.AbsoluteGap} {
		if value < 0 || math.IsNaN(value) {
			return fmt.Errorf("a solver tolerance of %v: it must be positive, or 0 for the default", value)
		}
	}
	if o.TimeLimit < 0 || o.Threads < 0 {
		return errors.New("a negative time limit or thread count: use 0 for the default")
	}
	return nil
}

// run calls HiGHS. Its scheduler belongs to the operating system's thread and keeps its number of workers until it is
// reset: a solve that asks for another number is an error. So the goroutine stays on its thread, a scheduler with
// several workers finds no other there, and is not left behind. (Close resets the scheduler of the thread that it
// happens to run on, which need not be that of the solve.)
func run(s *Solver, o Options) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if o.Threads > 1 {
		api.resetScheduler(1)
		defer api.resetScheduler(1)
	}
	api.run(s.instance)
	runtime.KeepAlive(s)
}

// apply sets the options; each solve sets all of them.
func (s *Solver) apply(o Options) {
	api.zeroClocks(s.instance) // else the time limit counts earlier solves too
	api.setDouble(s.instance, "time_limit", positive(o.TimeLimit.Seconds(), math.Inf(1)))
	api.setInt(s.instance, "threads", int32(max(o.Threads, 1)))
	api.setString(s.instance, "parallel", onOff(o.Threads > 1, "on", "off"))
	api.setString(s.instance, "presolve", onOff(o.NoPresolve, "off", "choose"))
	s.applySearch(!o.NoSearch)
	api.setDouble(s.instance, "primal_feasibility_tolerance", positive(o.Feasibility, 1e-7))
	api.setDouble(s.instance, "dual_feasibility_tolerance", positive(o.Feasibility, 1e-7))
	api.setDouble(s.instance, "mip_feasibility_tolerance", positive(o.Feasibility, 1e-6))
	api.setDouble(s.instance, "mip_rel_gap", positive(o.RelativeGap, 1e-9))
	api.setDouble(s.instance, "mip_abs_gap", positive(o.AbsoluteGap, 1e-9))
}

// applySearch turns the MIP's primal heuristics on (HiGHS's defaults) or off.
func (s *Solver) applySearch(on bool) {
	value, effort := int32(0), 0.0
	if on {
		value, effort = 1, 0.05
	}
	for _, name := range []string{"mip_heuristic_run_feasibility_jump", "mip_heuristic_run_rins",
		"mip_heuristic_run_rens", "mip_allow_restart"} {
		api.setBool(s.instance, name, value)
	}
	api.setDouble(s.instance, "mip_heuristic_effort", effort)
}

// positive returns value, or other for zero.
func positive(value, other float64) float64 {
	if value > 0 {
		return value
	}
	return other
}

// onOff returns yes or no.
func onOff(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}

// result reads what the last run left.
func (s *Solver) result() *Result {
	r := &Result{Objective: math.NaN(), DualBound: math.Inf(-1)}
	r.Status = modelStatus(api.modelStatus(s.instance), reason(s.watch.why.Load()))
	if s.intInfo("primal_solution_status") == 2 {
		r.X = make([]float64, s.cols)
		r.Objective = s.doubleInfo("objective_function_value", math.NaN())
	}
	if !s.mip && s.intInfo("dual_solution_status") > 0 {
		r.ColDual, r.RowDual = make([]float64, s.cols), make([]float64, s.rows)
	}
	api.getSolution(s.instance, first(r.X), first(r.ColDual), nil, first(r.RowDual))
	r.Iterations = int(max(s.intInfo("simplex_iteration_count"), 0))
	switch {
	case s.mip:
		r.DualBound = s.doubleInfo("mip_dual_bound", math.Inf(-1))
		api.int64Info(s.instance, "mip_node_count", &r.Nodes)
	case r.Status == Optimal:
		r.DualBound = r.Objective
	}
	return r
}

// intInfo reads an integer of the last run, -1 without one.
func (s *Solver) intInfo(name string) int32 {
	value := int32(-1)
	if api.intInfo(s.instance, name, &value) != 0 {
		return -1
	}
	return value
}

// doubleInfo reads a number of the last run, otherwise without one.
func (s *Solver) doubleInfo(name string, otherwise float64) float64 {
	value := otherwise
	if api.doubleInfo(s.instance, name, &value) != 0 {
		return otherwise
	}
	return value
}
