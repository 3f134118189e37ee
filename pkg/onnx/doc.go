// Package onnx reads neural networks from ONNX files and evaluates them unchanged.
//
// [Read] turns a file into a [Graph] whose nodes are in an order of evaluation, with every shape known and every
// attribute understood. Anything that is not understood is an error that names the node, its index in the file and its
// operation, and says what to do. So a network that is read is exactly the one in the file. An [Evaluator] computes the
// output in float32 or float64, node by node and without rewriting anything; other code can be checked against it.
//
// A graph has one input and one output, of floating-point numbers. Opsets 7 to 20 of the standard domain are supported.
// Only the first axis of the input, the batch, may have a symbolic size; it is then 1. Integers are used for shapes,
// axes and indices only, and all of them are known once the graph is read. Numbers are treated as real numbers: a cast
// between floating-point types changes nothing, and float16 weights are computed with in the evaluator's precision.
package onnx
