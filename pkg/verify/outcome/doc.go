// Package outcome says what a verification decided: the decision on each image and its verdict, the stage that made it,
// their counts, and the recipe of the whole, as a verification's folder holds them. It computes no bounds, so that what
// a folder claims can be compared with its certificates without the graphs that made it.
package outcome
