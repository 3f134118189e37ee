package onnx

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute-onnx/support/protos"
)

// attributes holds the attributes of a node, and marks those that have been understood.
type attributes struct {
	byName map[string]*protos.AttributeProto
	used   map[string]bool
	wrong  error // the first that has another type
}

// readAttributes returns an error for names that occur twice, and for references to attributes of functions.
func readAttributes(list []*protos.AttributeProto) (attributes, error) {
	a := attributes{byName: map[string]*protos.AttributeProto{}, used: map[string]bool{}}
	for _, p := range list {
		if p.RefAttrName != "" {
			return a, fmt.Errorf("its attribute %.60q refers to an attribute of a function: inline the model's "+
				"functions", p.Name)
		}
		if a.byName[p.Name] != nil {
			return a, fmt.Errorf("its attribute %.60q occurs twice: export the model again", p.Name)
		}
		a.byName[p.Name] = p
	}
	return a, nil
}

// get returns an attribute of a type, or nil if the node does not have it.
func (a *attributes) get(name string, t protos.AttributeProto_AttributeType) *protos.AttributeProto {
	a.used[name] = true
	p := a.byName[name]
	if p != nil && p.Type != t {
		if a.wrong == nil {
			a.wrong = fmt.Errorf("its attribute %s is of type %v, but must be %v: export the model again", name,
				p.Type, t)
		}
		return nil
	}
	return p
}

func (a *attributes) integer(name string, otherwise int64) int64 {
	if p := a.get(name, protos.AttributeProto_INT); p != nil {
		return p.I
	}
	return otherwise
}

// flag returns an attribute that must be 0 or 1.
func (a *attributes) flag(name string, otherwise bool) bool {
	p := a.get(name, protos.AttributeProto_INT)
	if p == nil {
		return otherwise
	}
	if p.I != 0 && p.I != 1 && a.wrong == nil {
		a.wrong = fmt.Errorf("its attribute %s is %d: it must be 0 or 1", name, p.I)
	}
	return p.I == 1
}

// list returns an attribute of integers; there reports whether the node has it.
func (a *attributes) list(name string) (values []int64, there bool) {
	p := a.get(name, protos.AttributeProto_INTS)
	if p == nil {
		return nil, false
	}
	return p.Ints, true
}

func (a *attributes) float(name string, otherwise float32) float64 {
	p := a.get(name, protos.AttributeProto_FLOAT)
	if p == nil {
		return float64(otherwise)
	}
	if math.IsNaN(float64(p.F)) && a.wrong == nil {
		a.wrong = fmt.Errorf("its attribute %s is NaN: give a number", name)
	}
	return float64(p.F)
}

// finite returns a float attribute, which must not be infinite.
func (a *attributes) finite(name string, otherwise float32) float64 {
	f := a.float(name, otherwise)
	if math.IsInf(f, 0) && a.wrong == nil {
		a.wrong = fmt.Errorf("its attribute %s is infinite: give a finite number", name)
	}
	return f
}

func (a *attributes) text(name, otherwise string) string {
	if p := a.get(name, protos.AttributeProto_STRING); p != nil {
		return string(p.S)
	}
	return otherwise
}

// ignore marks attributes that have no effect in inference as understood.
func (a *attributes) ignore(names ...string) {
	for _, name := range names {
		a.used[name] = true
	}
}

// finish returns an error for an attribute of a wrong type, and for attributes that the operation did not ask for.
func (a *attributes) finish() error {
	if a.wrong != nil {
		return a.wrong
	}
	var unknown []string
	for name := range a.byName {
		if !a.used[name] {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("its attribute %.60q is not understood (in this opset): export the model without it",
		strings.Join(unknown, ", "))
}
