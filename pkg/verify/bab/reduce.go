package bab

import (
	"slices"

	"tightrope/pkg/verify/cert"
)

// reduce lists the live units, and writes every condensed unit's row as a function of the input and of live units. A
// unit that has become stable is linear, so its row replaces it. These rows are for searching. Proofs are about the
// rows of the condensed network, for which CROWN's rule is exact on stable units.
func (p *problem) reduce() {
	p.place = make([]int, len(p.Condensed.Units))
	for at := range p.place {
		p.place[at] = -1
		p.reduced = append(p.reduced, p.reduceRow(&p.Rows[at]))
		if p.unstable(at) {
			p.place[at] = len(p.live)
			p.live = append(p.live, at)
		}
	}
}

// reduceRow replaces the stable units in a row by their own rows, which are reduced already.
func (p *problem) reduceRow(from *cert.Row) cert.Row {
	n := 0 // number of live units that the row may read
	for n < len(p.live) && p.live[n] < len(from.Units) {
		n++
	}
	if n == len(from.Units) {
		return *from
	}
	r := cert.Row{Input: slices.Clone(from.Input), Units: make([]float64, n), Constant: from.Constant}
	for at, f := range from.Units {
		switch i := p.place[at]; {
		case f == 0:
		case i >= 0:
			r.Units[i] += f
		case p.lower[at] >= 0:
			add(&r, f, &p.reduced[at])
		}
	}
	return r
}

// add adds f times a row.
func add(r *cert.Row, f float64, row *cert.Row) {
	for k, v := range row.Input {
		r.Input[k] += f * v
	}
	for i, v := range row.Units {
		r.Units[i] += f * v
	}
	r.Constant += f * row.Constant
}

// tree returns the tree of a place, for a certificate that lists all condensed units.
func (p *problem) tree(root *place, used int) *cert.Tree {
	t := &cert.Tree{}
	root.write(t, p.live)
	if len(p.live) < len(p.Condensed.Units) {
		t.Of = p.live[:used]
	}
	return t
}
