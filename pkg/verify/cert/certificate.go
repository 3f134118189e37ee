package cert

import (
	"tightrope/pkg/ball"
)

// Schema is the newest version of a certificate's form that this program reads and writes. A newer one is refused.
// Version 2 adds the trees of further bounds and [Tree.Of]; version 3 adds [Tree.At], and multipliers of smooth
// activations. Certificates without them are written as version 1 or 2.
const Schema = 3

// Verdict is what a certificate proves.
type Verdict string

// The verdicts.
const (
	Certified Verdict = "certified" // the label beats every other class on the whole ball
	Falsified Verdict = "falsified" // a point of the ball is misclassified
)

// Certificate holds everything that [Check] needs beside the network: for a certified input how to find the bounds l, u
// of the relus' inputs, and a proof for each margin; for a falsified one the misclassified point.
type Certificate struct {
	Schema  int     `json:"schema"`
	Verdict Verdict `json:"verdict"`
	Stage   string  `json:"stage"`   // what decided, for readers
	Index   int     `json:"index"`   // of the input in its data set, for readers
	Network string  `json:"network"` // hash of the network, net.Network.Hash
	// HashVersion is that of the hash, [model.HashVersion]; 0, in older certificates: 1.
	HashVersion int `json:"hashVersion,omitempty"`

	Ball  ball.Ball `json:"ball"`
	Input Floats    `json:"input"` // clean x, [inputs]
	Label int       `json:"label"`

	Rules []Rule `json:"rules,omitempty"` // of the backward passes that tighten the intervals, in this order
	// units that multipliers are given for, in the order of all lists of multipliers
	Units   []Unit        `json:"units,omitempty"`
	Tighter []UnitProof   `json:"tighter,omitempty"` // further bounds of single units, each on those before
	Margins []MarginProof `json:"margins,omitempty"` // one for each class but the label

	Point Floats `json:"point,omitempty"` // misclassified, [inputs]
	Class int    `json:"class"`           // of which logit[Class] >= logit[Label] there
}

// UnitProof proves a bound of a unit's input by multipliers of the units before it, or by a tree: the least bound of
// its leaves.
type UnitProof struct {
	Unit        Unit   `json:"unit"`
	Upper       bool   `json:"upper,omitempty"` // an upper bound, else a lower one
	Multipliers Floats `json:"multipliers"`     // nu of the first of Certificate.Units; none with a tree
	// Tree has on each leaf the multipliers of the first of Certificate.Units, the same number on all leaves.
	Tree *Tree `json:"tree,omitempty"`
}

// MarginProof proves logit[label] > logit[class] on the ball: by a rule or, if Tree is given, by a tree.
type MarginProof struct {
	Class int   `json:"class"`
	Rule  Rule  `json:"rule"`
	Tree  *Tree `json:"tree,omitempty"`
}

// Tree splits the ball by the inputs z of units: the inputs of a node where z >= s go to its first child, those where
// z <= s to its second. For relus s is usually 0, so that each child has one phase. On each leaf, multipliers prove the
// margin positive; without splits, that is an alpha-CROWN or LP proof.
type Tree struct {
	// nodes in preorder: the split unit as an index of Certificate.Units, or -1 for a leaf
	Splits []int `json:"splits"`
	// At is s of each node that splits, in preorder; empty: 0 everywhere
	At          Floats `json:"at,omitempty"`
	Multipliers Floats `json:"multipliers"` // nu of Certificate.Units, leaf after leaf; for a margin of all, or none
	// Of lists, in order, which of Certificate.Units the multipliers are of; empty: the first ones. The others use
	// CROWN's rule, which is exact if further bounds make them stable.
	Of []int `json:"of,omitempty"`
}

// Leaf marks a leaf in Tree.Splits.
const Leaf = -1

// Leaves is the number of leaves.
func (t *Tree) Leaves() int { return (len(t.Splits) + 1) / 2 }
