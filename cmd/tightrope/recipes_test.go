package main

import (
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/recipe"
)

// TestRecipes: every recipe is listed, by its own name or in the line of its family; a pattern shows members one by
// one; an error says what to do.
func TestRecipes(t *testing.T) {
	text := must(t, tightrope(t, "recipes"))
	for _, name := range recipe.Names() {
		family, number, _ := member(name)
		if number == 0 {
			family = name + " "
		}
		if !strings.Contains(text, "\n"+family) {
			t.Errorf("%s is not listed in\n%s", name, text)
		}
	}
	for _, want := range []string{"\nmnist-small-family/1..10 ", "\nmnist-large-family/1..8-0.1 "} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
	members := must(t, tightrope(t, "recipes", "mnist-small-family/*"))
	if n := strings.Count(members, "\nmnist-small-family/"); n != 10 || strings.Contains(members, "..") {
		t.Errorf("%d members in\n%s", n, members)
	}
	for want, args := range map[string][]string{"tightrope recipes lists all": {"no-such"}, "use part of a name": {"["},
		"give a pattern only": {"mnist", "digits"}} {
		if text, code := output(t, tightrope(t, append([]string{"recipes"}, args...)...)); code == 0 ||
			!strings.Contains(text, want) {
			t.Errorf("recipes %v: exit code %d, want %q in\n%s", args, code, want, text)
		}
	}
}

// TestJoined: only neighbours of a family with equal cells share a line.
func TestJoined(t *testing.T) {
	rows := [][]string{{"a/1", "x"}, {"a/2", "x"}, {"a/3", "y"}, {"a/5", "y"}, {"a/1-0.1", "x"}, {"a/2-0.1", "x"},
		{"b/1", "x"}, {"c", "x"}, {"c", "x"}}
	var names []string
	for _, row := range joined(rows) {
		names = append(names, row[0])
	}
	if want := []string{"a/1..2", "a/3", "a/5", "a/1..2-0.1", "b/1", "c", "c"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

// TestHelpAndVersion: help is wrapped, groups the flags of a command, shows the backend only where one is used, and
// --version names the version.
func TestHelpAndVersion(t *testing.T) {
	eval, prove := must(t, tightrope(t, "eval", "--help")), must(t, tightrope(t, "prove", "--help"))
	for _, want := range []string{"\nThreat:\n", "\nAttack:\n", "--backend", "\nExamples:\n"} {
		if !strings.Contains(eval, want) {
			t.Errorf("no %q in\n%s", want, eval)
		}
	}
	if strings.Contains(prove, "--backend") || strings.Contains(prove, "--data-dir") {
		t.Errorf("flags without effect in\n%s", prove)
	}
	for _, line := range strings.Split(eval, "\n") {
		if len(line) > helpWidth && !strings.HasPrefix(line, "  ") {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	if text := must(t, tightrope(t, "--version")); !strings.HasPrefix(text, "tightrope version ") ||
		!strings.Contains(text, "go1.") {
		t.Errorf("--version: %s", text)
	}
}
