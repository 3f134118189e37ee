package train

import "slices"

// Levels choose the number of rows of a screened step, for each of which a graph is compiled. A level (see
// [bound.ScreenLevel]) is compiled when the rows that its absence has cost are worth a compilation. Until then steps
// use a lower one, with more rows than they need. So levels that few steps ask for are not compiled, and no level's
// absence costs more than about a compilation. The choice depends on the steps so far only, not on how long they took:
// a run that is resumed makes the same ones.
type Levels struct {
	Compiled []int     `json:"compiled,omitempty"`
	Owed     []float64 `json:"owed,omitempty"` // operations that each level would have saved, [levels]
}

// Choose returns the level for a step. The step's rows suffice at level wanted and below; flops, [levels], is what they
// cost at each level, and price is what it costs to compile one more level, both in operations.
func (l *Levels) Choose(wanted int, flops []float64, price float64) int {
	at := l.lower(wanted)
	if at < 0 {
		return l.compile(wanted)
	}
	if l.Owed == nil {
		l.Owed = make([]float64, len(flops))
	}
	best := at
	for level := at + 1; level <= wanted; level++ {
		if l.Owed[level] += flops[at] - flops[level]; l.Owed[level] >= price && l.Owed[level] >= l.Owed[best] {
			best = level
		}
	}
	if best > at {
		return l.compile(best)
	}
	return at
}

// lower is the highest compiled level up to one; -1: none.
func (l *Levels) lower(wanted int) int {
	at := -1
	for _, level := range l.Compiled {
		if level <= wanted {
			at = max(at, level)
		}
	}
	return at
}

// compiled is the highest compiled level up to one, or this itself where there is none.
func (l *Levels) compiled(wanted int) int {
	if at := l.lower(wanted); at >= 0 {
		return at
	}
	return wanted
}

// compile adds a level. What was owed before was counted with another one.
func (l *Levels) compile(level int) int {
	l.Compiled = append(l.Compiled, level)
	clear(l.Owed)
	return level
}

func (l *Levels) clone() Levels { return Levels{slices.Clone(l.Compiled), slices.Clone(l.Owed)} }
