// Package lab has the functions that notebook cells call: they show a figure or a table, explore with sliders, or run a
// recipe with a live curve. Every function waits until its output has reached the notebook, so that nothing is lost
// when the cell ends. Outside a notebook it prints plain text, so that cells can be run as programs.
package lab

import _ "tightrope/pkg/xlamemory" // notebook cells are programs that train
