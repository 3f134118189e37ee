// Package smooth is randomized smoothing (Cohen et al. 2019): the classifier g(x) is the class that a network gives
// most often to x + sigma z with z standard normal, and an estimate of how often gives an l_2 radius around x within
// which g does not change.
//
// How often is estimated from draws, so a certificate of this package is probabilistic: with confidence 1 - alpha, for
// each image, g is constant within its radius. It is a statement about g, not about the network, and not a proof in the
// sense of package verify. It holds for the real Gaussian; draws are float64 rounded to the network's precision, and
// noisy inputs are not cut by a box.
package smooth
