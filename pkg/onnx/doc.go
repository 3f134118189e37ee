// Package onnx reads neural networks from ONNX files and evaluates them as they are.
//
// [Read] turns a file into a [Graph]: nodes in an order of evaluation, every shape known, every attribute understood.
// Anything that is not understood is an error that names the node, its index in the file and its operation, and says
// what to do, so that the network that is read is the one in the file. An [Evaluator] computes its output in float32 or
// float64, node by node and without rewriting anything, so that readers and answers can be checked against it.
//
// A graph has one input and one output, of floating-point numbers. Opsets 7 to 20 of the standard domain are read;
// symbolic sizes are allowed on the first axis of the input, the batch, which is then 1. Integers serve for shapes,
// axes and indices only, and are all known once the graph is read. Numbers are read as real numbers: a cast between
// floating-point types changes none, and float16 weights are computed with in the evaluator's precision.
package onnx
