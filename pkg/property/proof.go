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

// Schema is the version of the format that this program writes. Newer versions are refused.
const Schema = 1

// Answer is the decision about a property.
type Answer string

// The answers; only the first two have proofs.
const (
	Sat     Answer = "sat"     // an input meets the property's assertions
	Unsat   Answer = "unsat"   // no input does
	Unknown Answer = "unknown" // not decided, for a stated reason
	Timeout Answer = "timeout" // not decided in time
)

// Proof contains everything that [Check] needs in addition to the two files.
type Proof struct {
	Schema   int    `json:"schema"`
	Answer   Answer `json:"answer"`
	Network  string `json:"network"`  // [Problem.NetworkHash]
	Property string `json:"property"` // [Problem.PropertyHash]

	Point cert.Floats `json:"point,omitempty"` // for "sat": [inputs] in the graph's order
	Parts []Part      `json:"parts,omitempty"` // for "unsat": one for each of Problem.Groups
}

// Part refutes all cases of a group: either by a tree that splits its box, or by certificates that split neurons, each
// about some of the cases.
type Part struct {
	Tree    *Tree     `json:"tree,omitempty"`
	Neurons []Neurons `json:"neurons,omitempty"`
}

// Tree splits a box at the middle of one input after another.
//
// Nodes holds the tree's nodes in preorder, as unsigned varints. An even number, 2k, splits the node's box at the
// middle of input k; the lower half is the first child. An odd number, 2k+1, refers to Closings[k], which refutes a
// case on the whole box of the node and so on everything below it. More numbers of the same node follow, until all
// cases are refuted and the node ends, or it is split.
type Tree struct {
	Closings []Closing `json:"closings"`
	Nodes    []byte    `json:"nodes"`
}

// Rule chooses the lines of the relus when a row is carried back. Every choice is sound.
type Rule string

// The rules.
const (
	FastLin Rule = "fast-lin" // [cert.FastLin]
	CROWN   Rule = "crown"    // [cert.CROWN]
	Adapted Rule = "adapted"  // [cert.Region.Adapted]
)

// Closing refutes a case on a box, by its multipliers and a rule for the lines of the relus.
type Closing struct {
	Case   int         `json:"case"`
	Rule   Rule        `json:"rule"`
	Lambda cert.Floats `json:"lambda"` // [rows]
}

// Neurons refutes some cases by a certificate about the network with one more layer, [Problem.Margins].
type Neurons struct {
	Cases       []int             `json:"cases"`
	Lambda      []cert.Floats     `json:"lambda"` // for each of the cases, [rows]
	Certificate *cert.Certificate `json:"certificate"`
}

// MaxBytes is the largest size of an unpacked proof.
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

// Decode reads a proof. It returns an error unless all names are spelled exactly, all that are needed are there, and
// none is unknown or occurs twice.
func Decode(b []byte) (*Proof, error) {
	p := &Proof{}
	if err := strictjson.Unmarshal(b, p); err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	return p, nil
}

// Bytes returns the gzipped content of a proof's file.
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

// Write writes the proof to a file, atomically.
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
