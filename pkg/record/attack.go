package record

import (
	"fmt"
	"strings"
)

// The methods of attacks whose numbers are not those of gradient steps, as records name them.
const (
	squareMethod = "Square"
	autoMethod   = "auto"
)

// Attack is how images were attacked.
type Attack struct {
	Method   string  `json:"method,omitempty"` // "APGD-CE", "Square", "auto" or what attack.Method says; empty: PGD
	Loss     string  `json:"loss"`             // that it ascends: "margin", "dlr" or what attack.Loss says
	Steps    int     `json:"steps"`            // of Square: queries
	StepSize float64 `json:"stepSize"`         // of PGD: pixel units, in the ball's norm
	Restarts int     `json:"restarts"`         // runs from random points, beside that from the image itself
	Images   int     `json:"images"`           // the first of the split; of a part of auto: those that were left to it
	// Parts are the attacks of auto, in turn, each on the images that those before have left; empty elsewhere.
	Parts []Attack `json:"parts,omitempty"`
	Found int      `json:"found,omitempty"` // of a part: images that it changed
}

// Words names the method if it is not PGD, its steps, and its starts if there are several.
func (a *Attack) Words() string {
	switch a.Method {
	case squareMethod:
		return fmt.Sprintf("%s, %d queries", a.Method, a.Steps)
	case autoMethod:
		return a.autoWords()
	case "":
		return a.climbWords()
	}
	return a.Method + ", " + a.climbWords()
}

// PartWords says, for each part of auto, how many images it attacked and changed; nil for other attacks.
func (a *Attack) PartWords() (lines []string) {
	for i := range a.Parts {
		p := &a.Parts[i]
		lines = append(lines, fmt.Sprintf("%s: %d images attacked, %d changed", p.Words(), p.Images, p.Found))
	}
	return lines
}

// climbWords are the steps and starts of an attack by gradients.
func (a *Attack) climbWords() string {
	text := fmt.Sprintf("%d steps", a.Steps)
	if a.Restarts > 0 {
		text += fmt.Sprintf(", %d starts", 1+a.Restarts)
	}
	return text
}

// autoWords names the parts, with the numbers of the gradient attacks and of Square.
func (a *Attack) autoWords() string {
	var names []string
	queries := ""
	for i := range a.Parts {
		p := &a.Parts[i]
		names = append(names, p.Method)
		if p.Method == squareMethod {
			queries = fmt.Sprintf(", %d queries", p.Steps)
		}
	}
	return strings.Join(names, " + ") + ", " + a.climbWords() + queries
}
