// Package fuzz holds a search for points that leave a bound: random networks and balls (see graphgen), every technique
// of package bound in both precisions, against points of the ball that are found by plain loops over float64 numbers.
//
// A case is one network, ball and technique. `go test` searches for a minute; `make fuzz` tells how long and on which
// backends.
package fuzz
