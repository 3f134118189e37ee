package graphgen

import (
	"tightrope/pkg/ball"
)

// region draws the ball, its radii, the inputs and their labels.
func (g *generator) region(samples int) {
	g.unit = 1
	if g.chance(0.3) {
		g.unit = g.power()
	}
	g.Ball.Norm = ball.Norm(g.rng.IntN(3))
	g.mark(OfNorm(g.Ball.Norm))
	g.box()
	if g.Ball.Norm == ball.Linf && g.chance(0.4) {
		g.radii()
	}
	g.inputs(samples)
	g.eps()
	clipped := g.Ball.Box != nil && g.Ball.Norm != ball.Linf
	if clipped && g.features[SumWithInput] {
		g.mark(ClippedSum)
	}
	if clipped && g.features[ReluOnInput] {
		g.mark(ClippedRelu)
	}
}

// box draws none, [0,1], [-1,1] or one of width 0, in units of the inputs.
func (g *generator) box() {
	if g.chance(0.35) {
		g.mark(NoBox)
		return
	}
	g.mark(Boxed)
	b := ball.Box{Lower: 0, Upper: g.unit}
	switch {
	case g.chance(0.1):
		g.mark(ZeroWidth)
		b.Lower = g.unit
	case g.chance(0.3):
		b.Lower = -g.unit
	}
	g.Ball.Box = &b
}

// radii draws a radius for each feature, some of them 0.
func (g *generator) radii() {
	g.mark(FeatureRadii)
	g.Ball.Radii = make([]float64, g.Network.InputSize())
	for i := range g.Ball.Radii {
		g.Ball.Radii[i] = float64(g.rng.IntN(9)) / 4
		if g.Ball.Radii[i] == 0 {
			g.mark(ZeroRadius)
		}
	}
}

// inputs draws them in the box, often on its border.
func (g *generator) inputs(samples int) {
	n := g.Network.InputSize()
	for range samples * n {
		v := g.rng.NormFloat64() * g.unit
		if b := g.Ball.Box; b != nil {
			v = b.Lower + g.rng.Float64()*(b.Upper-b.Lower)
			if g.chance(0.3) {
				v = [2]float64{b.Lower, b.Upper}[g.rng.IntN(2)]
				g.mark(OnBorder)
			}
		}
		g.X = append(g.X, float64(float32(v)))
	}
	for range samples {
		g.Labels = append(g.Labels, int32(g.rng.IntN(g.Network.Classes())))
	}
}

// eps draws the radii.
func (g *generator) eps() {
	within := float64(float32(g.unit * (0.02 + 0.5*g.rng.Float64()*g.rng.Float64())))
	larger := float64(float32(g.unit * (2 + 8*g.rng.Float64())))
	if g.Ball.Norm != ball.Linf {
		within *= 2
	}
	g.Ball.Eps, g.Radii = within, []float64{0, within, larger}
	g.mark(EpsZero)
	if g.Ball.Box != nil {
		g.mark(EpsLarge)
	}
}
