// Package verify proves, image by image, that a network classifies every input of a ball as the label, or finds one
// that it does not.
//
// A technique (package technique) is asked about one image at one radius, and every policy asks in the same way:
// [Cascade] runs ever more expensive techniques until one decides, [Ladder] runs all of them, [Radii] bisects the
// radius. "Certified" means one thing in all three: package cert confirmed a certificate, in float64 with outward
// rounding, on its own path. What only a solver says is "unchecked".
//
// Package measure counts errors of whole data sets in the network's precision, without proofs.
package verify
