package train

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	engine "tightrope/pkg/backend"
	"tightrope/pkg/internal/testbackend"
)

// virtual is XLA on a CPU that pretends to be several devices.
func virtual(t *testing.T, count int) compute.Backend {
	t.Helper()
	if !strings.HasPrefix(os.Getenv(compute.ConfigEnvVar), engine.CPU) {
		t.Skip("several devices need XLA: set GOMLX_BACKEND=xla:cpu (make test does)")
	}
	name, err := engine.WithDevices(engine.CPU, count)
	if err != nil {
		t.Fatal(err)
	}
	b, info, err := engine.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if info.Devices != count {
		t.Fatalf("%d devices were asked for, %d are there", count, info.Devices)
	}
	return b
}

// curve trains 50 steps and more and returns the measures of each, with the history.
func curve(t *testing.T, b compute.Backend, devices int, c Config) ([]Measures, []Epoch) {
	t.Helper()
	var steps []Measures
	_, history, err := Run(context.Background(), b, tiny(t, dtypes.Float32), blobs(72), c,
		Options{Devices: devices, Validation: blobs(70),
			OnStep: func(p Progress) { steps = append(steps, p.Measures) }})
	if err != nil {
		t.Fatal(err)
	}
	return steps, history
}

// TestDevices trains on two and four devices: the losses of 54 steps are those of one device within 1e-4, and the
// counts of the validation are equal.
func TestDevices(t *testing.T) {
	attacked := Config{Method: PGD, Attack: Attack{Steps: 2, StepSize: 0.03}}
	for name, c := range map[string]Config{"cp": short(), "attack": attacked} {
		t.Run(name, func(t *testing.T) {
			s := short()
			s.Method, s.Attack, s.Projections, s.Lambda, s.Gamma = c.Method, c.Attack, c.Projections, c.Lambda, c.Gamma
			s.Batch, s.Epochs, s.ClipGradient, s.L1 = 12, 9, 1, 1e-4
			want, history := curve(t, virtual(t, 4), 1, s)
			for _, devices := range []int{2, 4} {
				got, shared := curve(t, virtual(t, 4), devices, s)
				compareCurves(t, fmt.Sprint(devices, " devices"), got, want)
				for i := range history {
					if *shared[i].Validation != *history[i].Validation {
						t.Errorf("%d devices, epoch %d: validation %+v, one device %+v", devices, i+1,
							*shared[i].Validation, *history[i].Validation)
					}
				}
			}
		})
	}
}

func compareCurves(t *testing.T, what string, got, want []Measures) {
	t.Helper()
	if len(got) != len(want) || len(got) < 50 {
		t.Fatalf("%s: %d steps, want %d, at least 50", what, len(got), len(want))
	}
	worst := 0.
	for i := range want {
		worst = max(worst, math.Abs(got[i].Loss-want[i].Loss)/math.Abs(want[i].Loss))
	}
	t.Logf("%s: largest relative difference of the loss %.2g", what, worst)
	if !(worst <= 1e-4) {
		t.Errorf("%s: the loss differs by %g relative, want at most 1e-4", what, worst)
	}
}

// TestDevicesResume continues from a checkpoint of one device on two, and the other way round.
func TestDevicesResume(t *testing.T) {
	b := virtual(t, 2)
	c := short()
	for from, to := range map[int]int{1: 2, 2: 1} {
		var left *Checkpoint
		var want, got []Measures
		_, _, err := Run(context.Background(), b, tiny(t, dtypes.Float32), blobs(60), c,
			Options{Devices: from, OnStep: func(p Progress) { want = append(want, p.Measures) },
				Save: func(c *Checkpoint) error {
					if c.Epoch == 2 {
						left = c
					}
					return nil
				}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = Run(context.Background(), b, tiny(t, dtypes.Float32), blobs(60), c,
			Options{Devices: to, Resume: saved(t, left),
				OnStep: func(p Progress) { got = append(got, p.Measures) }}); err != nil {
			t.Fatal(err)
		}
		for i, m := range got {
			if w := want[12+i]; math.Abs(m.Loss-w.Loss) > 1e-4*w.Loss {
				t.Errorf("from %d to %d devices, step %d: loss %v, want %v", from, to, i, m.Loss, w.Loss)
			}
		}
	}
}

// TestDevicesRefused: a number of devices that does not divide the batch, or that is not there.
func TestDevicesRefused(t *testing.T) {
	c := short() // batches of 10
	for devices, want := range map[int]string{4: "--batch 8 or 12, or --devices 1 or 2", 100: "100 devices",
		-1: "positive"} {
		b := testbackend.Open(t)
		if devices == 4 {
			b = virtual(t, 4)
		}
		if _, _, err := Run(context.Background(), b, tiny(t, dtypes.Float32), blobs(60), c,
			Options{Devices: devices}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d devices: error %v, want %q", devices, err, want)
		}
	}
}
