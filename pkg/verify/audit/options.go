package audit

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/verify/cert"
)

// Options of [File] and [Folder]. Network is needed; the zero value of everything else is useful.
type Options struct {
	Network *cert.Network
	Expect  Expect        // what the balls must be
	Images  *data.Set     // the images by their numbers; nil: inputs and labels are not compared
	Only    *int          // the only image whose certificates are looked at; nil: all
	Timeout time.Duration // for one certificate; 0: ten minutes
	Limits  cert.Limits   // of one certificate
	Workers int           // certificates at the same time; 0: one for each processor
	// Second is another checker, whose confirmation every certificate needs too; nil: none.
	Second func(context.Context, *cert.Certificate) error
	// Each gets every certificate, in order: nil or why it does not count.
	Each func(number int, c *cert.Certificate, err error)
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Minute
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o
}

// Expect says what the balls of certificates must be; what is nil may be anything.
type Expect struct {
	Norm *ball.Norm
	Eps  *float64 // pixel units
	// Radii scale Eps per feature; they are looked at where anything is expected, and nil means that there are none.
	Radii []float64
	Box   *bool // cut by the box [0,1] of valid pixels, or by none
}

// check compares a ball. Radii per feature make another ball of the same norm and eps, so they may be any only where
// nothing at all is expected.
func (e Expect) check(b ball.Ball) error {
	switch {
	case e.Norm == nil && e.Eps == nil && e.Radii == nil && e.Box == nil:
		return nil
	case e.Radii == nil && b.Radii != nil:
		return cert.Refused("its ball has radii per feature: %v", b)
	case !slices.Equal(e.Radii, b.Radii):
		return cert.Refused("its ball has other radii per feature: %v", b)
	case e.Norm != nil && b.Norm != *e.Norm:
		return cert.Refused("its ball is %v, not %v", b, *e.Norm)
	case e.Eps != nil && b.Eps != *e.Eps:
		return cert.Refused("its ball is %v, not of eps %v", b, *e.Eps)
	case e.Box != nil && *e.Box && (b.Box == nil || *b.Box != *ball.Unit):
		return cert.Refused("its ball is %v, without the box [0, 1]", b)
	case e.Box != nil && !*e.Box && b.Box != nil:
		return cert.Refused("its ball is %v, cut by a box", b)
	}
	return nil
}

// compare reports whether a certificate is of the image whose number it bears, with its label.
func (o *Options) compare(c *cert.Certificate) error {
	set := o.Images
	switch {
	case set == nil:
		return nil
	case c.Index < 0 || c.Index >= set.Len() || len(c.Input) != set.Dim():
		return cert.Refused("%s has no test image %d of %d values", set.Name, c.Index, len(c.Input))
	case int(set.Y[c.Index]) != c.Label:
		return cert.Refused("test image %d of %s has label %d, not %d", c.Index, set.Name, set.Y[c.Index], c.Label)
	}
	for k, v := range set.Sample(c.Index) {
		if float64(v) != c.Input[k] {
			return cert.Refused("its input is not test image %d of %s", c.Index, set.Name)
		}
	}
	return nil
}

// notCovered says what the certificates leave open.
func (o *Options) notCovered() []string {
	lines := []string{"not covered: the network as floating-point arithmetic executes it; the theorem is about real " +
		"arithmetic on its weights"}
	if o.Images == nil {
		lines = append(lines, "not covered: whether inputs and labels are those of a data set: name it with --data")
	}
	if o.Only != nil {
		lines = append(lines, fmt.Sprintf("not covered: all images but %d, and whether a folder holds together",
			*o.Only))
	}
	return lines
}

func seconds(d time.Duration) string { return fmt.Sprint(d.Round(time.Millisecond)) }
