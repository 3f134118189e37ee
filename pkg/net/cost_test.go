package net

import (
	"bytes"
	"strings"
	"testing"
)

// TestDescribe checks the table of Small on MNIST; the numbers follow from the layers' definitions.
func TestDescribe(t *testing.T) {
	n, err := Named("small", []int{1, 28, 28}, 10)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := n.Describe(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	if len(lines) != len(n.Vertices)+3 {
		t.Fatalf("%d lines for %d layers:\n%s", len(lines), len(n.Vertices), b.String())
	}
	for at, want := range map[int]string{
		2:              "0 conv(16,4,2,1) [16 14 14] 272 100,352",
		3:              "1 relu [16 14 14] 3,136 3,136",
		4:              "2 conv(32,4,2,1) [32 7 7] 8,224 802,816",
		7:              "5 fc100 [100] 156,900 313,600",
		len(lines) - 1: "total 166,406 4,804 1,223,572",
	} {
		if got := strings.Join(strings.Fields(lines[at]), " "); got != want {
			t.Errorf("line %d is %q, want %q", at, got, want)
		}
	}
}
