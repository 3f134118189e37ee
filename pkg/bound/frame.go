package bound

import "tightrope/pkg/net"

// frame tells where the windows of rows lie in a vertex, one for each position of the rows' own vertex.
type frame struct {
	length [2]int // of a window
	start  [2]int // of the first window; negative in the padding
	step   [2]int // from one window to the next
}

// oneUnit is the frame of rows over their own vertex.
var oneUnit = frame{length: [2]int{1, 1}, step: [2]int{1, 1}}

// through is the frame over the input of a layer for one over its output.
func (f frame) through(layer net.Windowed) frame {
	kernel, stride, padding := layer.Window()
	for i := range f.length {
		f.length[i] = (f.length[i]-1)*stride[i] + kernel[i]
		f.start[i] = f.start[i]*stride[i] - padding[i]
		f.step[i] *= stride[i]
	}
	return f
}

// union is the frame of the smallest windows that contain those of both frames at every position. Windows that move
// by different steps have none.
func (f frame) union(g frame, positions [2]int) (u frame, ok bool) {
	u = f
	for i := range u.length {
		if f.step[i] != g.step[i] && positions[i] > 1 {
			return frame{}, false
		}
		u.start[i] = min(f.start[i], g.start[i])
		u.length[i] = max(f.start[i]+f.length[i], g.start[i]+g.length[i]) - u.start[i]
	}
	return u, true
}

// end is where the last of so many windows ends along an axis.
func (f frame) end(i, positions int) int { return f.start[i] + (positions-1)*f.step[i] + f.length[i] }

// size is the number of units of a window over a vertex of a shape.
func (f frame) size(shape []int) int { return shape[0] * f.length[0] * f.length[1] }
