package model

import (
	"fmt"
	"strconv"
	"strings"
)

// DefaultEpsilon is what is added to the variance of a batch normalisation that names no epsilon, as in PyTorch.
const DefaultEpsilon = 1e-5

// A batch normalisation with fixed statistics: weight (x - mean)/sqrt(variance + epsilon) + bias for each channel. A
// description without mean or variance stands for 0 or 1.

// readBatchNorm reads the text between the brackets of bn(eps=1e-3), or none. The default has one form, whether it is
// named or not, because the hash is of what a network computes.
func readBatchNorm(arguments string) (LayerSpec, error) {
	arguments = strings.TrimSpace(arguments)
	if arguments == "" {
		return LayerSpec{Type: "batchnorm", assumed: true}, nil
	}
	name, value, _ := strings.Cut(arguments, "=")
	epsilon, err := readNumber(strings.TrimSpace(value))
	if strings.TrimSpace(name) != "eps" || err != nil || epsilon <= 0 {
		return LayerSpec{}, fmt.Errorf("write bn, or bn(eps=1e-3) with a positive number: it is added to the variance")
	}
	if epsilon == DefaultEpsilon {
		epsilon = 0
	}
	return LayerSpec{Type: "batchnorm", Epsilon: epsilon}, nil
}

// assumptions says what was assumed of an architecture that was written as text.
func assumptions(a Arch) (all []string) {
	var layers []string
	for i, s := range a.Layers {
		if s.assumed {
			layers = append(layers, strconv.Itoa(i))
		}
	}
	if len(layers) > 0 {
		all = append(all, fmt.Sprintf("the eps of the batch normalisations (layers %s) is not in the file and was not "+
			"given: %g is assumed, PyTorch's default. A wrong one makes every result wrong: for another, write "+
			"bn(eps=1e-3) in --arch",
			strings.Join(layers, ", "), DefaultEpsilon))
	}
	return all
}

func completeBatchNorm(s *LayerSpec) error {
	if !(s.Epsilon >= 0) {
		return fmt.Errorf("epsilon %v: use at least 0", s.Epsilon)
	}
	for i, v := range s.Variance {
		if !(v >= 0) {
			return fmt.Errorf("variance[%d] is %v: it must be at least 0", i, v)
		}
	}
	return finite("epsilon", s.Epsilon)
}

func batchNormShape(s *LayerSpec, in [][]int) ([]int, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("batchnorm has one input, not %d", len(in))
	}
	if s.Mean != nil {
		if err := perChannel("batchnorm mean", s.Mean, in[0]); err != nil {
			return nil, err
		}
	}
	if s.Variance != nil {
		return in[0], perChannel("batchnorm variance", s.Variance, in[0])
	}
	return in[0], nil
}

func batchNormParams(_ *LayerSpec, in []int) []ParamShape {
	return []ParamShape{{Name: "weight", Shape: []int{in[0]}, Constant: 1}, {Name: "bias", Shape: []int{in[0]}}}
}

// perChannel checks per-channel numbers: one for each channel of the input, all finite.
func perChannel(what string, values []float64, in []int) error {
	if len(values) != in[0] {
		return fmt.Errorf("%d values of %s for input of shape %v: give one for each of the %d channels",
			len(values), what, in, in[0])
	}
	return finite(what, values...)
}
