package attack

import (
	"fmt"
	"strings"
)

// Method is the search that an attack makes.
type Method int

// The methods; each has its own file.
const (
	// PGD is projected gradient descent by steps of one length (Madry et al. 2018); of one step it is FGSM.
	PGD Method = iota
	// APGD is PGD with momentum, whose step is halved where the loss stops rising (Croce and Hein 2020).
	APGD
	// Squares is the Square attack, a random search by squares that change at once, without any gradient (Andriushchenko et al. 2020).
	Squares
	// Auto is APGD on the cross-entropy, then APGD on the difference of logits ratio and then Square, each on what the
	// ones before have left.
	Auto
)

// methodNames are as in records, methodKeys as on the command line.
var (
	methodNames = []string{"PGD", "APGD", "Square", "auto"}
	methodKeys  = []string{"pgd", "apgd", "square", "auto"}
)

// String is the method's name.
func (m Method) String() string {
	if m < 0 || int(m) >= len(methodNames) {
		return fmt.Sprintf("Method(%d)", int(m))
	}
	return methodNames[m]
}

// MethodKeys are the names that [Parse] reads.
func MethodKeys() []string {
	return []string{methodKeys[PGD], "apgd-ce", "apgd-dlr", methodKeys[Squares], methodKeys[Auto]}
}

// Parse reads the name of an attack, one of [MethodKeys], into options: APGD comes with its loss. It returns an error,
// which lists the names, for any other.
func Parse(name string) (Options, error) {
	switch name {
	case "pgd":
		return Options{}, nil
	case "apgd-ce":
		return Options{Method: APGD, Loss: CrossEntropy}, nil
	case "apgd-dlr":
		return Options{Method: APGD, Loss: DLR}, nil
	case "square":
		return Options{Method: Squares, Loss: Margin}, nil
	case "auto":
		return Options{Method: Auto}, nil
	}
	return Options{}, fmt.Errorf("attack %.40q: use one of %s", name, strings.Join(MethodKeys(), ", "))
}

// name is what a record calls an attack by a method on a loss.
func (m Method) name(l Loss) string {
	if m != APGD {
		return m.String()
	}
	switch l {
	case CrossEntropy:
		return "APGD-CE"
	case DLR:
		return "APGD-DLR"
	}
	return "APGD on the " + l.String()
}
