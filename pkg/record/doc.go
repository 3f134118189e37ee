// Package record stores the results of a run: a folder with its recipe, its stream of metrics, its checkpoint and
// model, and one result record, from which tables and figures are made. Plain Go: it computes nothing of a network.
package record
