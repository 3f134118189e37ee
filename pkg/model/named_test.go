package model

import (
	"strings"
	"testing"
)

func TestNamedMLP(t *testing.T) {
	a, err := Named("mlp-2x100", []int{1, 28, 28}, 10)
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(a)
	if err != nil {
		t.Fatal(err)
	}
	params, hidden := 0, 0
	for _, l := range m.Layers {
		for _, p := range l.Params {
			params += len(p.Data)
		}
		if l.Spec.Type == "relu" {
			hidden += Size(l.Out)
		}
	}
	if params != 784*100+100+100*100+100+100*10+10 || hidden != 200 {
		t.Errorf("mlp-2x100 has %d parameters and %d hidden units", params, hidden)
	}
}

func TestNamedNames(t *testing.T) {
	for name, want := range map[string]string{
		"mnist-small-family/7": "conv(4,3,1,1) conv(8,3,1,1) conv(8,4,4,0) fc64 fc10",
		"mnist-large-family/5": "conv(64,5,1,1) conv(128,5,1,1) conv(128,4,4,0) fc512 fc10",
		"2layer(2,256)":        "conv(8,4,2,1) conv(16,4,2,1) fc256 fc10",
		"fc20 fc10":            "fc20 fc10",
	} {
		if got, err := NamedText(name, 10); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
	for _, bad := range []string{"smal", "mlp-0x10", "cifar-small-family/10", "3layer(1)"} {
		if _, err := Named(bad, []int{1, 28, 28}, 10); err == nil || !strings.Contains(err.Error(), "use ") {
			t.Errorf("%s: error %v does not name the remedy", bad, err)
		}
	}
}
