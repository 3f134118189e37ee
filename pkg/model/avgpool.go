package model

// poolShape is that of the mean over windows of each channel; zeros of the padding count, as in PyTorch.
func poolShape(s *LayerSpec, in [][]int) ([]int, error) {
	out, err := slidingShape("average pooling", s, in)
	if err != nil {
		return nil, err
	}
	return []int{in[0][0], out[0], out[1]}, nil
}
