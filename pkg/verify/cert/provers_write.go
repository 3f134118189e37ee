package cert

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
)

// New starts a certificate for an input of a network.
func New(n *Network, b ball.Ball, x []float64, label int, verdict Verdict, stage string) *Certificate {
	return &Certificate{Schema: 1, Verdict: verdict, Stage: stage, Network: n.Hash,
		HashVersion: model.HashVersion, Ball: b, Input: x, Label: label}
}

// ByRule starts a certificate that proves every margin by one rule.
func ByRule(n *Network, b ball.Ball, x []float64, label int, stage string, rules []Rule, margins Rule) *Certificate {
	c := New(n, b, x, label, Certified, stage)
	c.Rules = rules
	for class := range n.Classes() {
		if class != label {
			c.Margins = append(c.Margins, MarginProof{Class: class, Rule: margins})
		}
	}
	return c
}

// Tighten gives a certificate further bounds, and the version that they need.
func (c *Certificate) Tighten(proofs []UnitProof) {
	c.Tighter, c.Schema = proofs, 1
	for i := range proofs {
		if proofs[i].Tree != nil {
			c.Schema = 2 // trees of margins hold [Tree.Of] only beside these
		}
	}
}

// Split gives a certificate the version that trees need which split at places of their own, or that have multipliers
// of smooth activations.
func (c *Certificate) Split() { c.Schema = splitAt }

// MarshalJSON implements json.Marshaler.
func (f Floats) MarshalJSON() ([]byte, error) {
	short := true
	for _, v := range f {
		short = short && float64(float32(v)) == v
	}
	if !short {
		b := make([]byte, 0, 8*len(f))
		for _, v := range f {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		return json.Marshal("f8:" + base64.StdEncoding.EncodeToString(b))
	}
	b := make([]byte, 0, 4*len(f))
	for _, v := range f {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	}
	return json.Marshal("f4:" + base64.StdEncoding.EncodeToString(b))
}

// MarshalText implements encoding.TextMarshaler.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
