package model

import "fmt"

// normalizeShape is that of (x - mean)/std for each channel, with constants that are not trained.
func normalizeShape(s *LayerSpec, in [][]int) ([]int, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("normalize has one input, not %d", len(in))
	}
	if err := perChannel("normalize mean", s.Mean, in[0]); err != nil {
		return nil, err
	}
	if err := perChannel("normalize std", s.Std, in[0]); err != nil {
		return nil, err
	}
	for i, v := range s.Std {
		if v <= 0 {
			return nil, fmt.Errorf("normalize std[%d] is %v: it must be positive", i, v)
		}
	}
	return in[0], nil
}
