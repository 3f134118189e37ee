package onnx

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute-onnx/support/protos"
)

// attributes are a node's attributes, with those marked that were understood.
type attributes struct {
	byName map[string]*protos.AttributeProto
	used   map[string]bool
	wrong  error // the first that has another type
}

// readAttributes refuses names that occur twice, and attributes of functions.
func readAttributes(list []*protos.AttributeProto) (attributes, error) {
	a := attributes{byName: map[string]*protos.AttributeProto{}, used: map[string]bool{}}
	for _, p := range list {
		if p.RefAttrName != "" {
			return a, fmt.Errorf("its attribute %.60q refers to a function's: inline the model's functions", p.Name)
		}
		if a.byName[p.Name] != nil {
			return a, fmt.Errorf("its attribute %.60q occurs twice: export the model again", p.Name)
		}
		a.byName[p.Name] = p
	}
	return a, nil
}

// get is an attribute of a type, nil if it is not there.
func (a *attributes) get(name string, t protos.AttributeProto_AttributeType) *protos.AttributeProto {
	a.used[name] = true
	p := a.byName[name]
	if p != nil && p.Type != t {
		if a.wrong == nil {
			a.wrong = fmt.Errorf("its attribute %s is of type %v, and %v is needed: export the model again", name,
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

// flag is an attribute that is 0 or 1.
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

// list is an attribute of integers; there is false if it is not given.
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

// finite is a float that must not be infinite.
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

// ignore marks attributes that change nothing in inference.
func (a *attributes) ignore(names ...string) {
	for _, name := range names {
		a.used[name] = true
	}
}

// finish refuses attributes of another type, and those that the operation did not ask for.
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
