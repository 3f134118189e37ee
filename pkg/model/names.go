package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// group are the tensors of one layer: those whose names differ only after the last dot.
type group struct {
	prefix string
	values map[string]*Tensor
}

// groupsOf sorts tensors into layers, in natural order of their names.
func groupsOf(values []Tensor) []*group {
	at := map[string]*group{}
	var groups []*group
	for i := range values {
		v := &values[i]
		prefix := prefixOf(v.Name)
		name := v.Name[strings.LastIndexByte(v.Name, '.')+1:]
		if at[prefix] == nil {
			at[prefix] = &group{prefix, map[string]*Tensor{}}
			groups = append(groups, at[prefix])
		}
		at[prefix].values[name] = v
	}
	slices.SortFunc(groups, func(a, b *group) int { return compareNatural(a.prefix, b.prefix) })
	return groups
}

// prefixOf is the name of a tensor's layer.
func prefixOf(name string) string {
	return name[:max(strings.LastIndexByte(name, '.'), 0)]
}

// kind is what the group's weight is of: "dense" (a matrix), "conv" (four axes) or "channels" (one axis).
func (g *group) kind() string {
	w := g.values["weight"]
	switch {
	case w == nil:
		return ""
	case len(w.Shape) == 2:
		return "dense"
	case len(w.Shape) == 4:
		return "conv"
	case len(w.Shape) == 1:
		return "channels"
	}
	return ""
}

// kindOf is the kind of group that a type of layer takes.
func kindOf(layer string) string {
	if layer == "batchnorm" {
		return "channels"
	}
	return layer
}

// ordered are the groups in the order of the network's layers, by kind: as given, or in natural order of their names.
// It returns an error if names of one kind do not tell their order, because they differ in words and not in numbers.
func ordered(groups []*group, given []string) (map[string][]*group, error) {
	if len(given) > 0 {
		var err error
		if groups, err = arrange(groups, given); err != nil {
			return nil, err
		}
	}
	byKind := map[string][]*group{}
	for _, g := range groups {
		kind := g.kind()
		if kind == "" {
			return nil, fmt.Errorf("the tensors %q hold no weight of one, two or four axes", g.names())
		}
		if before := byKind[kind]; len(given) == 0 && len(before) > 0 &&
			!numbered(before[len(before)-1].prefix, g.prefix) {
			return nil, fmt.Errorf("the names %q and %q do not tell which layer comes first (the file has them in "+
				"alphabetical order): give the order with --layers FIRST,SECOND,...",
				before[len(before)-1].prefix, g.prefix)
		}
		byKind[kind] = append(byKind[kind], g)
	}
	return byKind, nil
}

// arrange puts the groups into the order given, which must name each of them.
func arrange(groups []*group, given []string) ([]*group, error) {
	var out []*group
	for _, prefix := range given {
		i := slices.IndexFunc(groups, func(g *group) bool { return g.prefix == prefix })
		if i < 0 || slices.Contains(out, groups[i]) {
			return nil, fmt.Errorf("there is no layer %.80q left, the file has %q", prefix, prefixes(groups))
		}
		out = append(out, groups[i])
	}
	if len(out) != len(groups) {
		return nil, fmt.Errorf("%d layers are named, the file has %q: name each", len(out), prefixes(groups))
	}
	return out, nil
}

func prefixes(groups []*group) (all []string) {
	for _, g := range groups {
		all = append(all, g.prefix)
	}
	return all
}

func (g *group) names() (all []string) {
	for _, v := range g.values {
		all = append(all, v.Name)
	}
	slices.Sort(all)
	return all
}

// numbered reports whether two names differ first in a number, which tells their order.
func numbered(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && isDigit(a[i-1]) { // back to the beginning of the number
		i--
	}
	return i < len(a) && i < len(b) && isDigit(a[i]) && isDigit(b[i])
}

// compareNatural orders names so that "2.weight" comes before "10.weight".
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		i, j := digits(a), digits(b)
		if i > 0 && j > 0 {
			x, _ := strconv.ParseUint(a[:i], 10, 64)
			y, _ := strconv.ParseUint(b[:j], 10, 64)
			if x != y {
				if x < y {
					return -1
				}
				return 1
			}
			a, b = a[i:], b[j:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}
