package main

import (
	"strings"
	"testing"
	"tightrope/pkg/model"
)

func TestNetList(t *testing.T) {
	text := must(t, tightrope(t, "net", "list", "--data", "cifar10"))
	for _, name := range model.Concrete() {
		if !strings.Contains(text, name+" ") {
			t.Errorf("%s is not listed", name)
		}
	}
	if !strings.Contains(text, "214918 ") || strings.Contains(text, "does not fit") { // Small on CIFAR-10
		t.Errorf("%s", text)
	}
}

// TestNetsTakeTheirOwnImages: without --data, networks of the CIFAR families take CIFAR-10's images, in list and in
// show.
func TestNetsTakeTheirOwnImages(t *testing.T) {
	list := must(t, tightrope(t, "net", "list"))
	for _, name := range model.Concrete() {
		want := "[1 28 28]"
		if strings.HasPrefix(name, "cifar") {
			want = "[3 32 32]"
		}
		_, line, _ := strings.Cut(list, name+" ")
		if line, _, _ = strings.Cut(line, "\n"); !strings.Contains(line, want) {
			t.Errorf("%s takes %q, want %s", name, line, want)
		}
	}
	if text := must(t, tightrope(t, "net", "show", "cifar-large-family/1")); !strings.Contains(text, "560,106") {
		t.Errorf("%s", text)
	}
}

func TestNetShow(t *testing.T) {
	text := must(t, tightrope(t, "net", "show", "small"))
	for _, want := range []string{"conv(32,4,2,1)", "166,406", "4,804", "CROWN-IBP", "alpha-CROWN (joint)", "training GFLOP"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	file := must(t, tightrope(t, "net", "show", "../../pkg/verify/testdata/models/mnist_cnn_small_lpd.safetensors", "--norm", "l2"))
	if !strings.Contains(file, "166,406") {
		t.Errorf("%s", file)
	}
	plan := must(t, tightrope(t, "net", "show", "xlarge", "--plan", "--batch", "64", "--memory", "2GiB"))
	for _, want := range []string{"calls of their own", "of 64 samples in one call, for that is as fast as all", "of 2 GiB allowed", "DeepZ of network \"xlarge\" needs about"} {
		if !strings.Contains(plan, want) {
			t.Errorf("%q is missing in\n%s", want, plan)
		}
	}
	for _, arguments := range [][]string{{"show", "nothing"}, {"show", "small", "--data", "x"}, {"show", "small", "--plan", "--memory", "-3"}, {"show", "small", "--norm", "l3"}} {
		if text, code := output(t, tightrope(t, append([]string{"net"}, arguments...)...)); code == 0 || strings.Count(strings.TrimSpace(text), "\n") > 0 {
			t.Errorf("%v: exit code %d, %q", arguments, code, text)
		}
	}
}
