package prove

import (
	"container/heap"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"tightrope/pkg/property"
)

// boxes refutes the cases of a group by splitting its box of inputs.
type boxes struct {
	*solver
	group     *property.Group
	free      []int
	tolerance float64 // of a bound, as a fraction of its terms
	combine   combining
	tree      *place

	mutex    sync.Mutex
	wake     *sync.Cond
	open     queue
	busy     int // workers
	point    *property.Replay
	lost     string // why the search gave up
	closings []property.Closing
	index    map[string]int
}

// place is a node of the tree that becomes the proof.
type place struct {
	closings []int
	split    int // the input that is split; -1 for a leaf, or if it is not split yet
	children [2]*place
}

// box is a part of the group's box.
type box struct {
	lower, upper []float64 // of the inputs that move
	cases        []int     // those that are not refuted yet
	bound        float64   // the lowest of their bounds
	place        *place
	input        int // the input to split, among those that move; -1 if none can be split
}

// queue is a heap of boxes with the lowest bound first, where a counterexample is most likely.
type queue []*box

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].bound < q[j].bound }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*box)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}

func (s *solver) newBoxes(g *property.Group, free []int, tolerance float64) *boxes {
	b := &boxes{solver: s, group: g, free: free, tolerance: tolerance, index: map[string]int{},
		closings: []property.Closing{}, tree: &place{split: -1}}
	b.wake = sync.NewCond(&b.mutex)
	return b
}

// root bounds the whole box.
func (b *boxes) root(context.Context) *boxes {
	root := &box{place: b.tree, bound: math.Inf(-1), cases: make([]int, len(b.group.Cases))}
	for i := range root.cases {
		root.cases[i] = i
	}
	for _, k := range b.free {
		root.lower, root.upper = append(root.lower, b.group.Lower[k]), append(root.upper, b.group.Upper[k])
	}
	b.newWorker(0).visit(root)
	return b
}

// done reports whether nothing is left to do.
func (b *boxes) done() bool { return b.point != nil || len(b.open) == 0 && b.lost == "" }

// most limits the number of open boxes, which take about 400 bytes each.
const most = 8_000_000

// search works on all open boxes.
func (b *boxes) search(ctx context.Context) (*property.Part, *property.Replay, string, error) {
	stop := context.AfterFunc(ctx, func() {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		b.wake.Broadcast()
	})
	defer stop()
	var wait sync.WaitGroup
	for w := range b.options.Workers {
		wait.Go(func() { b.newWorker(uint64(w)).run(ctx) })
	}
	wait.Wait()
	switch {
	case b.point != nil:
		return nil, b.point, "", nil
	case ctx.Err() != nil:
		return nil, nil, "", ctx.Err()
	case b.lost != "":
		return nil, nil, b.lost, nil
	}
	return b.part(), nil, "", nil
}

// take waits for a box; nil means that the search is over.
func (b *boxes) take(ctx context.Context) *box {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for len(b.open) == 0 && b.busy > 0 && b.point == nil && b.lost == "" && ctx.Err() == nil {
		b.wake.Wait()
	}
	if len(b.open) == 0 || b.point != nil || b.lost != "" || ctx.Err() != nil {
		b.wake.Broadcast()
		return nil
	}
	b.busy++
	return heap.Pop(&b.open).(*box)
}

// give takes back a worker, and the boxes that it leaves open.
func (b *boxes) give(open []*box, point *property.Replay, lost string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.busy--
	for _, x := range open {
		heap.Push(&b.open, x)
	}
	b.result.Nodes += 2
	if b.point == nil {
		b.point = point
	}
	if len(b.open) > most {
		lost = fmt.Sprintf("more than %d boxes are open: the property needs too many splits", most)
	}
	if b.lost == "" {
		b.lost = lost
	}
	b.wake.Broadcast()
}

// closing returns the index of a refutation in the proof's list.
func (b *boxes) closing(c property.Closing) int {
	key := fmt.Appendf(nil, "%d %s ", c.Case, c.Rule)
	for _, f := range c.Lambda {
		key = binary.LittleEndian.AppendUint64(key, math.Float64bits(f))
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	k, known := b.index[string(key)]
	if !known {
		k = len(b.closings)
		b.index[string(key)] = k
		b.closings = append(b.closings, c)
	}
	return k
}

// part returns the proof.
func (b *boxes) part() *property.Part {
	return &property.Part{Tree: &property.Tree{Closings: b.closings, Nodes: b.tree.write([]byte{})}}
}

// write appends the numbers of a node and of everything below it.
func (p *place) write(to []byte) []byte {
	for _, k := range p.closings {
		to = binary.AppendUvarint(to, uint64(2*k+1))
	}
	if p.split < 0 {
		return to
	}
	to = binary.AppendUvarint(to, uint64(2*p.split))
	return p.children[1].write(p.children[0].write(to))
}

// combining decides how often rows are combined: always where this has helped, and occasionally where it has not.
type combining struct {
	mutex        sync.Mutex
	calls        int
	tried, helps int
}

// worth reports whether combining rows is worth the time.
func (c *combining) worth() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.calls++
	if c.tried > 64 && 20*c.helps < c.tried && c.calls%32 != 0 {
		return false
	}
	c.tried++
	return true
}

func (c *combining) helped() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.helps++
}
