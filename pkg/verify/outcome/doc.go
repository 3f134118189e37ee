// Package outcome describes the results of a verification as its folder contains them: the decision on each image with
// its verdict and stage, their counts, and the recipe of the whole. It computes no bounds, so that the claims of a
// folder can be compared with its certificates without the graphs that made them.
package outcome
