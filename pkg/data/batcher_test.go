package data

import (
	"slices"
	"testing"
)

func newBatcher(t *testing.T, n, size int, seed uint64) *Batcher {
	t.Helper()
	b, err := NewBatcher(ramp(n), size, seed)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.SetAugment(Augment{Flip: true, Pad: 1}); err != nil {
		t.Fatal(err)
	}
	return b
}

func equalBatches(a, b Batch) bool {
	return slices.Equal(a.X, b.X) && slices.Equal(a.Y, b.Y) && slices.Equal(a.Index, b.Index) && a.Count == b.Count
}

func TestEpochVisitsEachSampleOnce(t *testing.T) {
	b := newBatcher(t, 23, 5, 1)
	var seen []int
	for step, batch := range b.Epoch(3) {
		if step*5 != len(seen) || len(batch.X) != 5*24 || batch.Count != 5 {
			t.Fatalf("step %d: %d inputs, count %d, after %d samples", step, len(batch.X), batch.Count, len(seen))
		}
		for k, i := range batch.Index {
			if batch.Y[k] != int32(i%3) {
				t.Fatalf("sample %d has label %d", i, batch.Y[k])
			}
		}
		seen = append(seen, batch.Index...)
	}
	slices.Sort(seen)
	if len(seen) != 20 || len(slices.Compact(seen)) != 20 {
		t.Errorf("an epoch of 23 samples in batches of 5 visited %v", seen)
	}
}

func TestResumeGoesOnIdentically(t *testing.T) {
	whole := map[int]Batch{}
	for step, batch := range newBatcher(t, 40, 4, 7).Epoch(2) {
		whole[step] = batch
	}
	fresh := newBatcher(t, 40, 4, 7)
	count := 0
	for step, batch := range fresh.EpochFrom(2, 6) {
		if !equalBatches(batch, whole[step]) {
			t.Errorf("step %d differs after a resume", step)
		}
		count++
	}
	if count != 4 {
		t.Errorf("resumed at step 6 of 10, %d steps came", count)
	}
	for _, step := range []int{9, 0, 5} { // random access, epochs in between
		if _, err := fresh.Batch(1, 0); err != nil {
			t.Fatal(err)
		}
		got, err := fresh.Batch(2, step)
		if err != nil || !equalBatches(got, whole[step]) {
			t.Errorf("Batch(2, %d) differs from the epoch's (%v)", step, err)
		}
	}
}

func TestOrderDependsOnSeedAndEpoch(t *testing.T) {
	first := func(seed uint64, epoch int) []int {
		batch, err := newBatcher(t, 100, 50, seed).Batch(epoch, 0)
		if err != nil {
			t.Fatal(err)
		}
		return batch.Index
	}
	orders := [][]int{first(1, 0), first(1, 1), first(2, 0), first(0, 1), first(0, 2)}
	for i := range orders {
		for j := range i {
			if slices.Equal(orders[i], orders[j]) {
				t.Errorf("orders %d and %d are the same", i, j)
			}
		}
	}
}

func TestEpochCanBeLeft(t *testing.T) {
	b := newBatcher(t, 40, 4, 7)
	for range 100 {
		for step := range b.Epoch(0) {
			if step == 1 {
				break
			}
		}
	}
}

func TestBatcherRefuses(t *testing.T) {
	_, err := NewBatcher(ramp(10), 11, 0)
	wantError(t, err, "batch size 11 is more than the 10 training samples of ramp: use a smaller batch")
	_, err = NewBatcher(ramp(10), 0, 0)
	wantError(t, err, "at least 1")
	b := newBatcher(t, 10, 5, 0)
	_, err = b.Batch(0, 2)
	wantError(t, err, "no step 2 in epoch 0")
	_, err = b.Batch(-1, 0)
	wantError(t, err, "no step 0 in epoch -1")
	wantError(t, b.SetAugment(Augment{Pad: 3}), "must be 0 to 2")
	wantError(t, b.SetAugment(Augment{Fill: []float32{0}}), "one for each of the 2 channels")
	wantError(t, b.SetAugment(Augment{Fill: []float32{0, 2}}), "outside of the box")
}

func TestBatchesPadTheLast(t *testing.T) {
	s := ramp(7)
	var counts []int
	var labels []int32
	for batch := range s.Batches(3) {
		if len(batch.X) != 3*s.Dim() || len(batch.Y) != 3 {
			t.Fatalf("a batch has %d labels", len(batch.Y))
		}
		counts = append(counts, batch.Count)
		labels = append(labels, batch.Y[:batch.Count]...)
	}
	if !slices.Equal(counts, []int{3, 3, 1}) || !slices.Equal(labels, s.Y) {
		t.Errorf("counts %v, labels %v", counts, labels)
	}
}

// BenchmarkCIFARBatch measures a batch of 128 with flip and crop; a step must not wait for it: 2 ms at most.
func BenchmarkCIFARBatch(b *testing.B) {
	s := &Set{Name: "noise", Shape: []int{3, 32, 32}, Classes: 10, Upper: 1, X: make([]float32, 5000*3072),
		Y: make([]int32, 5000)}
	batcher, err := NewBatcher(s, 128, 1)
	if err != nil {
		b.Fatal(err)
	}
	if err := batcher.SetAugment(Augment{Flip: true, Pad: 4}); err != nil {
		b.Fatal(err)
	}
	step := 0
	for b.Loop() {
		if _, err := batcher.Batch(0, step%batcher.Steps()); err != nil {
			b.Fatal(err)
		}
		step++
	}
}
