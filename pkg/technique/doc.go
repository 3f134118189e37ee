// Package technique is the one table of the techniques that this program bounds, proves and attacks with: what each is
// called on the command line, in tables and in figures, how a certificate proves its bound, what it needs, and how it
// is drawn. Commands, provers, plots and benchmarks take their lists, spellings and help from here; package bound says
// how a technique bounds in a compiled graph.
//
// A new technique is a row of this table, and an entry of bound's list where it has a graph.
package technique
