package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"tightrope/pkg/ball"
)

func TestRadiusFlag(t *testing.T) {
	for text, want := range map[string]float64{"0.1": 0.1, "2/255": 2.0 / 255, "8/255": 8.0 / 255, " 1e-3": 1e-3,
		"0": 0, "1/3": 1.0 / 3, "-1": -1, "2/0": -1,
		"1/-3": -1, "NaN": -1, "inf": -1, "Inf/2": -1, "": -1, "a": -1, "1/2/3": -1, "0x": -1} {
		var got, again float64
		s := pflag.NewFlagSet("", pflag.ContinueOnError)
		addRadius(s, &got, "eps", 0.5, "radius")
		err := s.Set("eps", text)
		if (err == nil) != (want >= 0) || err == nil && got != want || err != nil && got != 0.5 {
			t.Errorf("%q: %v (%v), want %v", text, got, err, want)
		}
		twice := pflag.NewFlagSet("", pflag.ContinueOnError)
		addRadius(twice, &again, "eps", 0, "radius")
		if err := twice.Set("eps", s.Lookup("eps").Value.String()); err != nil || again != got {
			t.Errorf("%q is printed as %s, which reads as %v (%v)", text, s.Lookup("eps").Value, again, err)
		}
	}
}

func TestRadiiFlag(t *testing.T) {
	got := []float64{7}
	s := pflag.NewFlagSet("", pflag.ContinueOnError)
	addRadii(s, &got, "radii", "radii")
	for _, text := range []string{"0.1,2/255", "0.5"} {
		if err := s.Set("radii", text); err != nil {
			t.Fatal(err)
		}
	}
	if want := []float64{0.1, 2.0 / 255, 0.5}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if s.Set("radii", "0.1,-2") == nil || s.Set("radii", "0.1,,2") == nil {
		t.Error("a negative or an empty radius was taken")
	}
}

func TestCountFlag(t *testing.T) {
	for text, ok := range map[string]bool{"3": true, "1": true, "0": false, "-1": false, "1.5": false, "a": false,
		"99999999999999999999": false} {
		got := 0
		s := pflag.NewFlagSet("", pflag.ContinueOnError)
		addCount(s, &got, "batch", 0, 1, "samples")
		if err := s.Set("batch", text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWarnRadius(t *testing.T) {
	for _, c := range []struct {
		ball ball.Ball
		warn bool
	}{
		{ball.Ball{Eps: 8, Box: ball.Unit}, true}, {ball.Ball{Eps: 1, Box: ball.Unit}, false},
		{ball.Ball{Eps: 8}, false},
		{ball.Ball{Eps: 1.58, Norm: ball.L2, Box: ball.Unit}, false},
		{ball.Ball{Eps: 8, Box: &ball.Box{Lower: -10, Upper: 10}}, false},
	} {
		var b strings.Builder
		warnRadius(&b, c.ball)
		if strings.Contains(b.String(), "8/255 = 0.03137") != c.warn {
			t.Errorf("%v: %q", c.ball, b.String())
		}
	}
}
