package model

import "fmt"

// Dense is y = W x + b on flat inputs: weight [units, inputs], bias [units].

func completeDense(s *LayerSpec) error {
	if s.Units < 1 {
		return fmt.Errorf("%d units: use at least 1", s.Units)
	}
	return nil
}

func denseShape(s *LayerSpec, in [][]int) ([]int, error) {
	if len(in) != 1 || len(in[0]) != 1 {
		return nil, fmt.Errorf("dense layer on input of shape %v: put a flatten layer before it", in)
	}
	return []int{s.Units}, nil
}

func denseParams(s *LayerSpec, in []int) []ParamShape {
	return []ParamShape{
		{Name: "weight", Shape: []int{s.Units, in[0]}, FanIn: in[0]},
		{Name: "bias", Shape: []int{s.Units}, FanIn: in[0]},
	}
}
