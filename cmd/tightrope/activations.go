package main

import (
	"fmt"
	"strings"

	"tightrope/pkg/model"
	"tightrope/pkg/relax"
	"tightrope/pkg/technique"
)

// activations lists the elementwise activations of an architecture's text.
func activations() string { return strings.Join(model.Activations(), ", ") }

// ofSmooth says which of the techniques that a command offers support smooth activations, as the table of techniques
// has it.
func ofSmooth(offered func(technique.Technique) bool) string {
	var names []string
	for _, f := range relax.Smooths() {
		names = append(names, f.Name)
	}
	last := len(names) - 1
	relus := technique.Keys(func(t technique.Technique) bool { return offered(t) && t.Relus })
	return fmt.Sprintf("Networks with %s or %s are supported by all techniques except %s, which support "+
		"only relus.", strings.Join(names[:last], ", "), names[last], strings.Join(relus, ", "))
}
