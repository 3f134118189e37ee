package property

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"

	"tightrope/pkg/onnx"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/vnnlib"
)

// Problem is a network and a property of it.
type Problem struct {
	Graph  *onnx.Graph      // the network as its file has it
	Layers *onnx.Folded     // the layers on which bounds are computed
	Net    *cert.Network    // the same as plain arrays
	Exact  *vnnlib.Property // decimals rounded to the nearest float64: witnesses meet this
	Groups []Group          // decimals rounded outwards: proofs refute this

	NetworkHash, PropertyHash string
}

// Group holds the cases that share one box.
type Group struct {
	Lower, Upper []float64 // [inputs] in the order of the layers' input
	Cases        []Case
	// Exact is the box with decimals rounded to the nearest float64, in the order of the graph's input; the search for
	// counterexamples uses it. nil if rounding left it empty.
	Exact *vnnlib.Box
}

// Case holds rows A y <= b of the outputs y.
type Case struct {
	Rows   [][]float64 // A, [rows][outputs]
	Bounds []float64   // b, [rows]
}

// Load reads a network and a property from files, which may be gzipped. It returns an error for files that are not
// understood or do not belong together.
func Load(network, property string) (*Problem, error) {
	g, err := onnx.Read(network, onnx.Options{})
	if err != nil {
		return nil, err
	}
	near, err := vnnlib.Read(property, vnnlib.Options{})
	if err != nil {
		return nil, err
	}
	wide, err := vnnlib.Read(property, vnnlib.Options{Rounding: vnnlib.Outward})
	if err != nil {
		return nil, err
	}
	return New(g, near, wide)
}

// New makes a problem from a network and a property, given with decimals rounded to the nearest number and outwards. It
// returns an error if the property has other numbers of inputs or outputs than the network, or if the network cannot
// become layers.
func New(g *onnx.Graph, near, wide *vnnlib.Property) (*Problem, error) {
	in, out := g.Values[g.Input].Size(), g.Values[g.Output].Size()
	if in != near.Inputs || out != near.Outputs {
		return nil, fmt.Errorf("the network has %d inputs and %d outputs, the property declares %d and %d: give the "+
			"property of this network", in, out, near.Inputs, near.Outputs)
	}
	f, err := onnx.Fold(g)
	if err != nil {
		return nil, err
	}
	n, err := cert.NewNetwork(f.Model)
	if err != nil {
		return nil, err
	}
	p := &Problem{Graph: g, Layers: f, Net: n, Exact: near}
	p.group(wide)
	p.NetworkHash, p.PropertyHash = hashNetwork(f), hashProperty(wide)
	return p, nil
}

// group collects the cases by their boxes.
func (p *Problem) group(wide *vnnlib.Property) {
	at := map[*vnnlib.Box]int{}
	for i, c := range wide.Cases {
		k, known := at[c.Box]
		if !known {
			k = len(p.Groups)
			at[c.Box] = k
			g := Group{Lower: p.Inner(c.Box.Lower), Upper: p.Inner(c.Box.Upper)}
			if len(p.Exact.Cases) == len(wide.Cases) {
				g.Exact = p.Exact.Cases[i].Box
			}
			p.Groups = append(p.Groups, g)
		}
		var own Case
		for _, r := range c.Rows {
			own.Rows, own.Bounds = append(own.Rows, r.Dense(wide.Outputs)), append(own.Bounds, r.Bound)
		}
		p.Groups[k].Cases = append(p.Groups[k].Cases, own)
	}
}

// Inner converts an input of the graph, [inputs], to the order of the layers' input.
func (p *Problem) Inner(x []float64) []float64 {
	inner := append([]float64(nil), x...)
	for i, at := range p.Layers.Input {
		inner[i] = x[at]
	}
	return inner
}

// Outer converts an input of the layers, [inputs], to the order of the graph's.
func (p *Problem) Outer(x []float64) []float64 {
	outer := append([]float64(nil), x...)
	for i, at := range p.Layers.Input {
		outer[at] = x[i]
	}
	return outer
}

// Free lists the inputs of a group that vary. An input does not vary if its bounds are equal, or are the two
// neighbouring float64 around one decimal number.
func (g *Group) Free() (free []int) {
	for k, l := range g.Lower {
		if u := g.Upper[k]; u-l > 1e-12*max(math.Abs(l), math.Abs(u)) {
			free = append(free, k)
		}
	}
	return free
}

// hashNetwork identifies the layers and the order of their inputs.
func hashNetwork(f *onnx.Folded) string {
	h := sha256.New()
	fmt.Fprintf(h, "network 1 %s %v", f.Model.Hash(), f.Input)
	return hex.EncodeToString(h.Sum(nil))
}

// hashProperty identifies what a property says, no matter how it is written.
func hashProperty(p *vnnlib.Property) string {
	h := sha256.New()
	fmt.Fprintf(h, "property 1 %d %d %d\n", p.Inputs, p.Outputs, len(p.Cases))
	for _, c := range p.Cases {
		writeNumbers(h, c.Box.Lower)
		writeNumbers(h, c.Box.Upper)
		fmt.Fprintf(h, "%d rows\n", len(c.Rows))
		for _, r := range c.Rows {
			writeNumbers(h, append(r.Dense(p.Outputs), r.Bound))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writeNumbers(w io.Writer, v []float64) {
	b := make([]byte, 0, 8*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x+0)) // -0 and 0 are one number
	}
	_, _ = w.Write(b) // a hash returns no error
}
