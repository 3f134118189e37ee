package property

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"

	"tightrope/pkg/internal/atomicfile"
	"tightrope/pkg/internal/gzfile"
	"tightrope/pkg/internal/strictjson"
	"tightrope/pkg/verify/cert"
)

// Schema is the version of a proof's form that this program writes. A newer one is refused.
const Schema = 1

// Answer is the decision about a property.
type Answer string

// The answers; proofs know the first two.
const (
	Sat     Answer = "sat"     // an input meets the property's assertions
	Unsat   Answer = "unsat"   // none does
	Unknown Answer = "unknown" // not decided, for a reason that is given
	Timeout Answer = "timeout" // not decided in time
)

// Proof contains everything that [Check] needs in addition to the two files.
type Proof struct {
	Schema   int    `json:"schema"`
	Answer   Answer `json:"answer"`
	Network  string `json:"network"`  // [Problem.NetworkHash]
	Property string `json:"property"` // [Problem.PropertyHash]

	Point cert.Floats `json:"point,omitempty"` // of "sat", [inputs] in the graph's order
	Parts []Part      `json:"parts,omitempty"` // of "unsat": one for each of Problem.Groups
}

// Part refutes all cases of a group: by a tree of splits of its box, or by certificates with splits of neurons, which
// share the cases.
type Part struct {
	Tree    *Tree     `json:"tree,omitempty"`
	Neurons []Neurons `json:"neurons,omitempty"`
}

// Tree splits a box at the middle of one input after the other.
//
// Nodes are numbers as unsigned varints, nodes in preorder. An even one, 2k, splits the node's box at the middle of
// input k: the lower half is the first child. An odd one, 2k+1, is Closings[k]: a case is refuted on all of the node's
// box, and so below it; other numbers of the node follow, unless all cases are refuted and the node ends.
type Tree struct {
	Closings []Closing `json:"closings"`
	Nodes    []byte    `json:"nodes"`
}

// Rule chooses the lines of the relus when a row is propagated back. Any choice is sound.
type Rule string

// The rules.
const (
	FastLin Rule = "fast-lin" // [cert.FastLin]
	CROWN   Rule = "crown"    // [cert.CROWN]
	Adapted Rule = "adapted"  // [cert.Region.Adapted]
)

// Closing refutes a case on a box by its multipliers and a rule for the relus' lines.
type Closing struct {
	Case   int         `json:"case"`
	Rule   Rule        `json:"rule"`
	Lambda cert.Floats `json:"lambda"` // [rows]
}

// Neurons refutes some cases by a certificate about the network with one more layer, [Problem.Margins].
type Neurons struct {
	Cases       []int             `json:"cases"`
	Lambda      []cert.Floats     `json:"lambda"` // of each of the cases, [rows]
	Certificate *cert.Certificate `json:"certificate"`
}

// MaxBytes is the largest size of a proof, unpacked.
const MaxBytes = 1 << 30

// Read reads a proof from a file, which may be gzipped, as strictly as [Decode].
func Read(path string) (*Proof, error) {
	b, err := gzfile.Read(path, MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	p, err := Decode(b)
	if err != nil {
		return nil, fmt.Errorf("proof %s: %w", path, err)
	}
	return p, nil
}

// Decode reads a proof: names in their exact case, none twice or unknown, all that are needed. It returns an error for
// anything else.
func Decode(b []byte) (*Proof, error) {
	p := &Proof{}
	if err := strictjson.Unmarshal(b, p); err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	return p, nil
}

// Bytes is the proof as a file holds it, gzipped.
func (p *Proof) Bytes() ([]byte, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Write writes the proof to a file, whole or not at all.
func (p *Proof) Write(path string) error {
	b, err := p.Bytes()
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}
