package bab

import (
	"math"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// checkProof: a least margin, finished or not, has a certificate where its bounds tell the sign, which is confirmed.
func checkProof(t *testing.T, root *Root, m *Minimum) {
	t.Helper()
	if known := m.Lower > 0 || m.Upper <= 0; known != (m.Certificate != nil) {
		t.Errorf("a least margin in [%v, %v] with the certificate %v", m.Lower, m.Upper, m.Certificate)
	}
	if m.Certificate == nil {
		return
	}
	_, err := cert.Check(t.Context(), root.Network, m.Certificate)
	if certified := m.Certificate.Verdict == cert.Certified; err != nil || certified != (m.Lower > 0) {
		t.Errorf("a least margin in [%v, %v], %s: %v", m.Lower, m.Upper, m.Certificate.Verdict, err)
	}
}

// checkLeast compares the least margin with the mixed-integer program's.
func checkLeast(t *testing.T, p *cert.Network, b ball.Ball, x []float64, label int, want float64) {
	t.Helper()
	root, err := NewRoot(t.Context(), p, b, x, label)
	if err != nil {
		t.Fatal(err)
	}
	m := Least(t.Context(), root, Options{})
	if !m.Finished {
		t.Errorf("least margin: %+v", m)
		return
	}
	checkProof(t, root, m)
	for nodes := 1; nodes < 4; nodes++ { // unfinished, mostly
		checkProof(t, root, Least(t.Context(), root, Options{Nodes: nodes}))
	}
	lower, proof, err := Alpha(t.Context(), root, 10)
	if err != nil {
		t.Fatal(err)
	}
	report, err := cert.Check(t.Context(), p, proof)
	for i := 0; err == nil && i < len(report.Lower); i++ {
		if class := proof.Margins[i].Class; !(math.Abs(report.Lower[i]-lower[class]) <= 1e-9*math.Abs(lower[class])) {
			t.Errorf("alpha-CROWN's bound of class %d is %v, its proof says %v", class, lower[class], report.Lower[i])
		}
	}
	if positive := min(lower[(label+1)%3], lower[(label+2)%3]) > 0; positive != (err == nil) {
		t.Errorf("alpha-CROWN's bounds %v, label %d: %v", lower, label, err)
	}
	if m.Upper < want-1e-5 || m.Upper > want+1e-4 || m.Lower > want+1e-6 || m.Lower < want-1e-4 ||
		!cert.Contains(b, x, m.Point) {
		t.Errorf("least margin in [%v, %v], by MILP %v", m.Lower, m.Upper, want)
	}
}
