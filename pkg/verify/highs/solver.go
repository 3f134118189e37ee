package highs

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"unsafe"
)

// errClosed is returned by every method of a closed Solver.
var errClosed = errors.New("this solver is closed: make a new one with highs.New")

// Constants of highs_c_api.h: the matrix comes by rows, the objective is a minimum.
const (
	rowwise  int32 = 2
	minimise int32 = 1
)

// Solver holds one problem inside HiGHS. Close it: a forgotten one is freed only when the garbage collector, which does
// not see its size, comes by.
type Solver struct {
	instance unsafe.Pointer
	watch    *watch
	id       uint64
	cleanup  runtime.Cleanup
	cols     int
	rows     int
	mip      bool
}

// New passes the problem to a new instance of HiGHS. The problem is copied.
func New(p *Problem) (*Solver, error) {
	if err := Load(); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	instance := api.create()
	if instance == nil {
		return nil, errors.New("HiGHS could not create an instance: is there memory left?")
	}
	s := &Solver{instance: instance, watch: new(watch), id: lastWatch.Add(1), cols: len(p.Cost), rows: len(p.RowLower),
		mip: p.IsMIP()}
	watches.Store(s.id, s.watch)
	s.cleanup = runtime.AddCleanup(s, owned.free, owned{s.instance, s.id})
	if err := s.prepare(p); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// owned is what a Solver holds outside itself.
type owned struct {
	instance unsafe.Pointer
	id       uint64
}

// free gives it back.
func (o owned) free() {
	api.destroy(o.instance)
	watches.Delete(o.id)
}

// prepare silences the instance, installs the callback and passes the problem.
func (s *Solver) prepare(p *Problem) error {
	api.setBool(s.instance, "output_flag", 0)
	api.setDouble(s.instance, "small_matrix_value", 1e-12) // the least it allows: smaller entries are dropped
	if api.setCallback(s.instance, api.callbackPointer, uintptr(s.id)) < 0 {
		return errors.New("HiGHS refuses a callback: run `make setup`, which installs the right version")
	}
	for _, kind := range []int32{callbackSimplex, callbackInterior, callbackMIP} {
		api.startCallback(s.instance, kind)
	}
	if s.pass(p) < 0 {
		return fmt.Errorf("HiGHS refuses a problem of %d columns and %d rows: look for a lower bound of +infinity or "+
			"an upper bound of -infinity", s.cols, s.rows)
	}
	return nil
}

// pass hands the problem over in one call, and the integer marks in another.
func (s *Solver) pass(p *Problem) int32 {
	status := api.passLp(s.instance, int32(s.cols), int32(s.rows), int32(len(p.A.Index)), rowwise, minimise, p.Offset,
		first(p.Cost), first(p.ColLower), first(p.ColUpper), first(p.RowLower), first(p.RowUpper),
		first(p.A.Start), first(p.A.Index), first(p.A.Value))
	if status < 0 || !s.mip {
		return status
	}
	kinds := make([]int32, s.cols)
	for j, integer := range p.Integer {
		if integer {
			kinds[j] = 1
		}
	}
	return api.setIntegrality(s.instance, 0, int32(s.cols-1), &kinds[0])
}

// first returns the address of a slice's first element, or nil.
func first[T any](values []T) *T {
	if len(values) == 0 {
		return nil
	}
	return &values[0]
}

// SetCost replaces the objective, Offset + Cost.x, and keeps everything else: the next solve of an LP starts from the
// last basis.
func (s *Solver) SetCost(cost []float64, offset float64) error {
	if s.instance == nil {
		return errClosed
	}
	if len(cost) != s.cols {
		return fmt.Errorf("an objective of %d costs for %d columns: give one each", len(cost), s.cols)
	}
	for _, value := range append([]float64{offset}, cost...) {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return fmt.Errorf("an objective with the cost %v: every cost must be finite", value)
		}
	}
	if api.setCost(s.instance, 0, int32(s.cols-1), &cost[0]) < 0 || api.setOffset(s.instance, offset) < 0 {
		return errors.New("HiGHS refuses the objective: make a new solver")
	}
	return nil
}

// SetStart offers a point (the values of all columns) as the first incumbent of a MIP or as the start of an LP. A point
// that is not feasible is ignored.
func (s *Solver) SetStart(x []float64) error {
	if s.instance == nil {
		return errClosed
	}
	if len(x) != s.cols {
		return fmt.Errorf("a starting point of %d values for %d columns: give one each", len(x), s.cols)
	}
	if api.setSolution(s.instance, &x[0], nil, nil, nil) < 0 {
		return errors.New("HiGHS refuses the starting point: every value must be finite")
	}
	return nil
}

// Forget drops the last basis and solution, so that the next solve starts afresh.
func (s *Solver) Forget() error {
	if s.instance == nil {
		return errClosed
	}
	if api.clearSolver(s.instance) < 0 {
		return errors.New("HiGHS could not drop its last solution: make a new solver")
	}
	return nil
}

// Close frees the instance. Closing twice is allowed.
func (s *Solver) Close() {
	if s.instance == nil {
		return
	}
	s.cleanup.Stop()
	owned{s.instance, s.id}.free()
	s.instance = nil
}
