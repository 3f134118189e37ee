// Package record keeps what a run leaves behind: a folder with its recipe, its
// stream of metrics, its checkpoint and model, and one result record that
// tables and figures are drawn from. Plain Go: it computes nothing of a network.
package record
