// Package model is a network as data: the description of its layers, their shapes, its weights, and the files that hold
// them. It builds no graphs, so the network that a certificate is about is read by this package alone.
package model
