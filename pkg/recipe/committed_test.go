package recipe

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/backend"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

// TestCommitted checks that every model in figures/results loads and gives the standard and certified error of the
// record beside it; convolutional ones, whose exact bounds take minutes for all images, those of its curve's images at
// the radius of the training (TIGHTROPE_COMMITTED=all: of all images). Where its data set is missing or its bounds are
// slow on this backend, it loads.
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
			want, ball := r.Results[record.Test], recipe.Ball()
			convolutional := len(network.ShapeOf(network.Relus()[0])) > 1
			if info.Name == backend.Go && (convolutional || want.Samples > 2000) {
				t.Skip("its exact bounds take minutes on pure Go: GOMLX_BACKEND=xla:cpu checks them")
			}
			if convolutional && os.Getenv("TIGHTROPE_COMMITTED") != "all" {
				i := slices.IndexFunc(r.Curve,
					func(p record.CurvePoint) bool { return math.Abs(p.Eps-ball.Eps) < 1e-3*ball.Eps })
				if i < 0 || recipe.Eval.CurveSample == 0 {
					t.Fatal("its record has no errors of fewer images at the radius of the training: train it with " +
						"--curve and --curve-samples")
				}
				ball.Eps, want.Samples = r.Curve[i].Eps, recipe.Eval.CurveSample
				want.StandardError, want.CertifiedError = r.Curve[i].StandardError, r.Curve[i].CertifiedError
			}
			e, err := measure.Evaluate(context.Background(), device, network, head(splits.Test, want.Samples),
				measure.Options{Ball: ball, Technique: recipe.Train.Certifier()})
			if err != nil {
				t.Fatal(err)
			}
			// Another backend may round a margin of 0 to the other side.
			tolerance := 100 * (1 + 2e-4*float64(e.Samples)) / float64(e.Samples)
			if got := e.Percent(e.Standard); e.Samples != want.Samples || math.Abs(got-want.StandardError) > tolerance {
				t.Errorf("standard error %.2f %% of %d, the record says %.2f %% of %d", got, e.Samples,
					want.StandardError, want.Samples)
			}
			if got := e.Percent(e.Uncertified); math.Abs(got-want.CertifiedError) > tolerance {
				t.Errorf("certified error %.2f %%, the record says %.2f %%", got, want.CertifiedError)
			}
		})
	}
}
