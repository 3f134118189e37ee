// Package genbab decides margins of networks with smooth activations by branch and bound on the inputs of neurons: a
// node is split at a number s into the part where a neuron's z >= s and that where z <= s, on which the lines that
// bound the activation lie closer together (Shi et al. 2025, GenBaB). Relus of the same network are split at 0.
//
// A node is bounded by gradient ascent on the slopes of both lines of every neuron and on a multiplier for each split
// neuron, in float64. A leaf counts only after package cert has proved it with outward rounding; the result is a tree
// that [cert.Check] accepts. Package bab is the same for networks of relus alone, and far faster there.
package genbab
