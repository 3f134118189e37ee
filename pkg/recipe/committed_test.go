package recipe

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/backend"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify"
)

// fewImages are of how many images convolutional networks are checked, whose exact bounds take minutes for all: TIGHTROPE_COMMITTED=all checks all.
const fewImages = 1000

// TestCommitted checks that every model in figures/results loads and gives the standard and certified error of the record beside it (on part of
// the images: within four standard errors); where its data set is missing or its bounds are slow on this backend, it loads.
func TestCommitted(t *testing.T) {
	models, err := filepath.Glob("../../figures/results/*/*.safetensors")
	if err != nil || len(models) == 0 {
		t.Fatalf("no models: %v", err)
	}
	device, info, err := backend.Open("")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range models {
		t.Run(filepath.Base(path), func(t *testing.T) {
			network, err := net.Load(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r, err := record.Read(strings.TrimSuffix(path, ".safetensors") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			recipe, err := FromRecord(r)
			if err != nil {
				t.Fatal(err)
			}
			splits, err := data.Load(recipe.Data, data.Options{})
			if errors.Is(err, data.ErrMissing) {
				t.Skipf("*** SKIPPED, its errors are NOT checked: %v", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			want := r.Results[record.Test]
			convolutional := len(network.ShapeOf(network.Relus()[0])) > 1
			if info.Name == backend.Go && (convolutional || want.Samples > 2000) {
				t.Skip("its exact bounds take minutes on pure Go: GOMLX_BACKEND=xla:cpu checks them")
			}
			count := want.Samples
			if convolutional && os.Getenv("TIGHTROPE_COMMITTED") != "all" {
				count = min(count, fewImages)
			}
			e, err := verify.Evaluate(context.Background(), device, network, head(splits.Test, count), verify.Options{Ball: recipe.Ball(), Technique: recipe.Train.Certifier()})
			if err != nil {
				t.Fatal(err)
			}
			if e.Samples != count {
				t.Errorf("%d images were evaluated, not %d", e.Samples, count)
			}
			if got, limit := e.Percent(e.Standard), tolerance(want.StandardError, count, want.Samples); math.Abs(got-want.StandardError) > limit {
				t.Errorf("standard error %.2f %% of %d, the record says %.2f %% of %d", got, count, want.StandardError, want.Samples)
			}
			if got, limit := e.Percent(e.Uncertified), tolerance(want.CertifiedError, count, want.Samples); math.Abs(got-want.CertifiedError) > limit {
				t.Errorf("certified error %.2f %% of %d, the record says %.2f %% of %d", got, count, want.CertifiedError, want.Samples)
			}
		})
	}
}

// tolerance of an error in percent on the first count images of all: another backend may round a margin of 0 to the other side, and part of the
// images has another error than all.
func tolerance(percent float64, count, all int) float64 {
	n := float64(count)
	rounding := 100 * (1 + 2e-4*n) / n
	return rounding + 4*math.Sqrt(percent*(100-percent)/n*(1-n/float64(all)))
}
