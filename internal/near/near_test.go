package near

import (
	"math/rand/v2"
	"testing"
)

// TestDistance: against known pairs, and for random words with random edits: at most so many as were made, symmetric,
// and the triangle inequality.
func TestDistance(t *testing.T) {
	for pair, want := range map[[2]string]int{{"", ""}: 0, {"", "ab"}: 2, {"kitten", "sitting"}: 3, {"flaw",
		"lawn"}: 2, {"γ", "λ"}: 1} {
		if got := Distance(pair[0], pair[1]); got != want {
			t.Errorf("%v: %d, want %d", pair, got, want)
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	word := func() string {
		b := make([]byte, random.IntN(8))
		for i := range b {
			b[i] = byte('a' + random.IntN(3))
		}
		return string(b)
	}
	for range 3000 {
		a, b, c := word(), word(), word()
		edited, edits := a, random.IntN(4)
		for range edits {
			at := random.IntN(len(edited) + 1)
			edited = edited[:at] + string(rune('a'+random.IntN(3))) + edited[min(len(edited), at+random.IntN(2)):]
		}
		if d := Distance(a, edited); d > edits {
			t.Fatalf("%q to %q: %d after %d edits", a, edited, d, edits)
		}
		if Distance(a, b) != Distance(b, a) || Distance(a, c) > Distance(a, b)+Distance(b, c) || (Distance(a,
			b) == 0) != (a == b) {
			t.Fatalf("%q, %q, %q: no metric", a, b, c)
		}
	}
}

func TestOne(t *testing.T) {
	names := []string{"gamma", "lambda", "eps", "epochs", "eps-start"}
	for word, want := range map[string]string{"gama": "gamma", "lamda": "lambda", "ep": "eps", "batch": "",
		"epoch": "epochs", "": "", "gamma": "gamma"} {
		if got := One(word, names); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	if got := One("b", []string{"a", "c"}); got != "" {
		t.Errorf("two are as near: %q", got)
	}
}
