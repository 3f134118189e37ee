package measure

import (
	"context"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
)

// TestDevices certifies digits on one, two and four devices: the counts are equal.
func TestDevices(t *testing.T) {
	if !strings.HasPrefix(os.Getenv(compute.ConfigEnvVar), backend.CPU) {
		t.Skip("several devices need XLA: set GOMLX_BACKEND=xla:cpu (make test does)")
	}
	name, err := backend.WithDevices(backend.CPU, 4)
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := backend.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	splits, err := data.Load("digits", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := net.Named("fc24 fc16 fc10", splits.Test.Shape, splits.Test.Classes)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(3)
	var one Errors
	for _, devices := range []int{1, 2, 4} {
		e, err := Evaluate(context.Background(), b, n, splits.Test.Head(130),
			Options{Ball: ball.Ball{Eps: 1e-4, Box: ball.Unit}, Technique: bound.CROWN{}, Devices: devices})
		if err != nil {
			t.Fatal(err)
		}
		if devices == 1 {
			one = e
		}
		if !reflect.DeepEqual(e, one) || e.Samples != 130 || e.Uncertified == 0 || e.Uncertified == 130 {
			t.Errorf("%d devices: %+v, one device: %+v", devices, e, one)
		}
	}
}
