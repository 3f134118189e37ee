package onnx

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// many is the maximum for operations that take any number of inputs.
const many = 1 << 16

// operations lists the supported operations, with their least and largest numbers of inputs and their shape inference.
var operations map[string]operation

func init() { // not in the declaration, which would be an initialisation cycle: infer reads the table
	operations = map[string]operation{
		"Add": {2, 2, inferArithmetic}, "Sub": {2, 2, inferArithmetic}, "Mul": {2, 2, inferArithmetic},
		"Div": {2, 2, inferArithmetic}, "Max": {1, many, inferArithmetic}, "Min": {1, many, inferArithmetic},

		"Relu": {1, 1, inferRelu}, "LeakyRelu": {1, 1, inferLeakyRelu}, "PRelu": {2, 2, inferPRelu},
		"Abs": {1, 1, inferAbs}, "Clip": {1, 3, inferClip}, "HardSigmoid": {1, 1, inferHardSigmoid},
		"Sigmoid": {1, 1, inferSmooth(logistic)}, "Tanh": {1, 1, inferSmooth(math.Tanh)},
		"Softplus": {1, 1, inferSmooth(softplus)},

		"Gemm": {2, 3, inferGemm}, "MatMul": {2, 2, inferMatMul}, "Conv": {2, 3, inferConv},
		"BatchNormalization": {5, 5, inferBatchNormalization},

		"AveragePool": {1, 1, inferAveragePool}, "MaxPool": {1, 1, inferMaxPool},
		"GlobalAveragePool": {1, 1, inferGlobalAveragePool},

		"Identity": {1, 1, inferIdentity}, "Dropout": {1, 3, inferDropout}, "Flatten": {1, 1, inferFlatten},
		"Reshape": {2, 2, inferReshape}, "Squeeze": {1, 2, inferSqueeze}, "Unsqueeze": {1, 2, inferUnsqueeze},
		"Transpose": {1, 1, inferTranspose}, "Slice": {1, 5, inferSlice}, "Split": {1, 2, inferSplit},
		"Concat": {1, many, inferConcat}, "Gather": {2, 2, inferGather}, "Pad": {1, 4, inferPad},

		"Constant": {0, 0, inferConstant}, "ConstantOfShape": {1, 1, inferConstantOfShape}, "Shape": {1, 1, inferShape},
		"Cast": {1, 1, inferCast},
	}
}

// supported lists the operations, for messages.
func supported() string { return strings.Join(slices.Sorted(maps.Keys(operations)), ", ") }
