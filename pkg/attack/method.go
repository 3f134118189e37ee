package attack

import (
	"fmt"
	"strings"

	"tightrope/pkg/technique"
)

// Method is the search that an attack makes.
type Method int

// The methods; each has its own file.
const (
	// PGD is projected gradient descent by steps of one length (Madry et al. 2018); of one step it is FGSM.
	PGD Method = iota
	// APGD is PGD with momentum, whose step is halved where the loss stops rising (Croce and Hein 2020).
	APGD
	// Squares is the Square attack: a random search by squares that change at once, without any gradient
	// (Andriushchenko et al. 2020).
	Squares
	// Auto is APGD on the cross-entropy, then APGD on the difference of logits ratio, then Square, each on the samples
	// that are left.
	Auto
)

// methodNames are as in records.
var methodNames = []string{technique.PGD.String(), "APGD", technique.SquareAttack.String(), autoKey}

// String is the method's name.
func (m Method) String() string {
	if m < 0 || int(m) >= len(methodNames) {
		return fmt.Sprintf("Method(%d)", int(m))
	}
	return methodNames[m]
}

// autoKey is [Auto] on the command line; the other attacks are rows of the table of techniques.
const autoKey = "auto"

// MethodKeys are the names that [Parse] reads.
func MethodKeys() []string { return append(technique.Keys(technique.ForSearch), autoKey) }

// Parse reads the name of an attack, one of [MethodKeys], into options: APGD comes with its loss. It returns an error,
// which lists the names, for any other.
func Parse(name string) (Options, error) {
	if name == autoKey {
		return Options{Method: Auto}, nil
	}
	t, ok := technique.Find(name)
	if !ok || !t.Row().Uses.Search {
		return Options{}, fmt.Errorf("attack %.40q: use one of %s", name, strings.Join(MethodKeys(), ", "))
	}
	return ByID(t), nil
}

// ByID returns the options of an attack that is listed in the table of techniques.
func ByID(t technique.ID) Options {
	switch t {
	case technique.APGDCE:
		return Options{Method: APGD, Loss: CrossEntropy}
	case technique.APGDDLR:
		return Options{Method: APGD, Loss: DLR}
	case technique.SquareAttack:
		return Options{Method: Squares, Loss: Margin}
	}
	return Options{}
}

// name is what a record calls an attack by a method on a loss.
func (m Method) name(l Loss) string {
	switch {
	case m == APGD && l == CrossEntropy:
		return technique.APGDCE.String()
	case m == APGD && l == DLR:
		return technique.APGDDLR.String()
	case m == APGD:
		return m.String() + " on the " + l.String()
	}
	return m.String()
}
