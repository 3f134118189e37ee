// Package verify proves, image by image, that a network classifies every input of a ball as the label, or finds one
// that it misclassifies.
//
// A technique (package technique) is applied to one image at one radius, in the same way by every policy: [Cascade]
// runs more and more expensive techniques until one decides, [Ladder] runs all of them, [Radii] bisects the radius.
// "Certified" means one thing in all three: package cert confirmed a certificate, in float64 with outward rounding, by
// separate code. What only a solver reports is "unchecked".
//
// Package measure counts errors of whole data sets in the network's precision, without proofs.
package verify
