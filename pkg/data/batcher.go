package data

import (
	"fmt"
	"iter"
	"sync"
)

// Batch is one mini-batch. It owns its memory.
type Batch struct {
	X     []float32 // [batch, channels, height, width], row-major
	Y     []int32   // [batch]
	Index []int     // [batch]: the sample's number in its set
	Count int       // samples that count; the rest, in the last batch of Set.Batches, is padding
}

// Batcher deals the samples of a set in shuffled mini-batches. Which samples, in which order and with which
// augmentation, depends on nothing but seed, epoch and step: a run that resumes in the middle of an epoch continues as
// if never stopped. A last, partial batch of an epoch is dropped, so shapes stay fixed. A Batcher may be used from
// several goroutines.
type Batcher struct {
	set       *Set
	batchSize int
	seed      uint64
	augment   *Augment

	mu    sync.Mutex
	epoch int   // of order
	order []int // [samples]
}

// NewBatcher deals batches of batchSize samples. It returns an error if the set has fewer samples than that.
func NewBatcher(set *Set, batchSize int, seed uint64) (*Batcher, error) {
	if batchSize < 1 {
		return nil, fmt.Errorf("batch size %d: must be at least 1", batchSize)
	}
	if batchSize > set.Len() {
		return nil, fmt.Errorf("batch size %d is more than the %d training samples of %s: use a smaller batch",
			batchSize, set.Len(), set.Name)
	}
	return &Batcher{set: set, batchSize: batchSize, seed: seed, epoch: -1}, nil
}

// SetAugment changes every sample at random from now on. It returns an error if the augmentation does not fit the
// set.
func (b *Batcher) SetAugment(a Augment) error {
	if err := a.check(b.set); err != nil {
		return err
	}
	b.augment = &a
	return nil
}

// Steps is the number of full batches in an epoch.
func (b *Batcher) Steps() int { return b.set.Len() / b.batchSize }

// Batch is the batch of one step (from 0) of one epoch (from 0). It returns an error if there is no such step.
func (b *Batcher) Batch(epoch, step int) (Batch, error) {
	if epoch < 0 || step < 0 || step >= b.Steps() {
		return Batch{}, fmt.Errorf("no step %d in epoch %d: epochs count from 0, steps from 0 to %d", step, epoch,
			b.Steps()-1)
	}
	order := b.shuffled(epoch)
	return b.gather(epoch, order[step*b.batchSize:(step+1)*b.batchSize]), nil
}

// Epoch deals the batches of an epoch in turn, with their steps.
func (b *Batcher) Epoch(epoch int) iter.Seq2[int, Batch] { return b.EpochFrom(epoch, 0) }

// EpochFrom deals the batches of an epoch from a step on, as a resumed run needs. The next batch is gathered in the
// background while the caller works on this one. A negative epoch or step counts as 0.
func (b *Batcher) EpochFrom(epoch, step int) iter.Seq2[int, Batch] {
	epoch, step = max(0, epoch), max(0, step)
	return func(yield func(int, Batch) bool) {
		batches, stop := make(chan Batch, 1), make(chan struct{})
		defer close(stop)
		go func() {
			defer close(batches)
			b.produce(epoch, step, batches, stop)
		}()
		for batch := range batches {
			if !yield(step, batch) {
				return
			}
			step++
		}
	}
}

func (b *Batcher) produce(epoch, step int, batches chan<- Batch, stop <-chan struct{}) {
	for ; step < b.Steps(); step++ {
		batch, err := b.Batch(epoch, step)
		if err != nil {
			panic(err) // the loop's own bounds rule it out
		}
		select {
		case batches <- batch:
		case <-stop:
			return
		}
	}
}

// shuffled is the order of the samples in an epoch; the last one asked for is kept.
func (b *Batcher) shuffled(epoch int) []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.epoch != epoch {
		b.epoch, b.order = epoch, permutation(b.set.Len(), b.seed, forShuffle, uint64(epoch))
	}
	return b.order
}

func (b *Batcher) gather(epoch int, indices []int) Batch {
	dim := b.set.Dim()
	batch := newBatch(len(indices), dim)
	for k, i := range indices {
		dst, src := batch.X[k*dim:(k+1)*dim], b.set.Sample(i)
		batch.Y[k], batch.Index[k] = b.set.Y[i], i
		if b.augment == nil {
			copy(dst, src)
			continue
		}
		b.augment.apply(dst, src, b.set.Shape, b.augment.draw(b.seed, epoch, i))
	}
	return batch
}

func newBatch(size, dim int) Batch {
	return Batch{X: make([]float32, size*dim), Y: make([]int32, size), Index: make([]int, size), Count: size}
}

// Batches deals all samples in order, for evaluation. The last batch repeats the last sample until it is full, so
// shapes stay fixed; its Count says how many samples count. A size below 1 counts as 1.
func (s *Set) Batches(size int) iter.Seq[Batch] {
	size = max(1, size)
	return func(yield func(Batch) bool) {
		for start := 0; start < s.Len(); start += size {
			if !yield(s.padded(start, size)) {
				return
			}
		}
	}
}

func (s *Set) padded(start, size int) Batch {
	dim := s.Dim()
	batch := newBatch(size, dim)
	batch.Count = min(size, s.Len()-start)
	for k := range size {
		i := min(start+k, s.Len()-1)
		copy(batch.X[k*dim:(k+1)*dim], s.Sample(i))
		batch.Y[k], batch.Index[k] = s.Y[i], i
	}
	return batch
}
