package outcome

import (
	"strings"
	"testing"
)

// TestUnreached: while images have not been reached, the misclassified ones so far are only a lower bound of the
// standard error, and every image without a proof counts against the robust one.
func TestUnreached(t *testing.T) {
	for _, c := range []struct {
		s    Summary
		want string
	}{
		{Summary{Samples: 200, Standard: 3, Certified: 180, Falsified: 10, Unknown: 10},
			"standard error 1.50 %; by checked proofs the exact robust error lies between 5.00 and 10.00 %"},
		{Summary{Samples: 200, Standard: 3, Certified: 190, Falsified: 10},
			"standard error 1.50 %; by checked proofs the exact robust error is 5.00 %: every image is decided"},
		{Summary{Samples: 200, Standard: 3, Certified: 80, Falsified: 10},
			"standard error at least 1.50 %; by checked proofs the exact robust error lies between 5.00 and 60.00 %"},
	} {
		if text := strings.Join(c.s.Lines(), "\n"); !strings.Contains(text, c.want+"\n") {
			t.Errorf("%s\nlacks: %s", text, c.want)
		}
	}
}
