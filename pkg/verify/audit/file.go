package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"tightrope/pkg/verify/cert"
)

// File checks all certificates of a file (one JSON object per line). It returns an error if the file cannot be read or
// the context ends; faults of certificates are in the report.
func File(ctx context.Context, path string, o Options) (*Report, error) {
	o = o.withDefaults()
	a := newAudit(&o)
	if err := o.stream(ctx, path, a.count); err != nil {
		return nil, err
	}
	return a.report, nil
}

// audit collects what the certificates prove.
type audit struct {
	*Options
	report *Report
	images []map[image]verdict // of each claim
}

// image is a hash of an input.
type image [sha256.Size]byte

// verdict is what was proved of an image.
type verdict struct {
	cert.Verdict
	index, label int
}

func newAudit(o *Options) *audit {
	return &audit{Options: o, report: &Report{NotCovered: o.notCovered()}}
}

// count adds a certificate to the claims, or to the faults.
func (a *audit) count(number int, c *checked) {
	if c.err == nil {
		c.err = a.add(c)
	}
	if a.Each != nil {
		a.Each(number, c.proof, c.err)
	}
	if c.err == nil {
		return
	}
	where := fmt.Sprintf("certificate %d", number)
	if p := c.proof; p != nil {
		where += fmt.Sprintf(", image %d (%.12q by %.20q)", p.Index, p.Verdict, p.Stage)
	}
	a.report.fault(where, "%v", c.err)
}

// add counts a confirmed certificate.
func (a *audit) add(c *checked) error {
	at := a.claim(c.proof)
	key, now := identify(c.proof.Input), verdict{c.proof.Verdict, c.proof.Index, c.proof.Label}
	claim := &a.report.Claims[at]
	if before, seen := a.images[at][key]; seen {
		switch {
		case before.Verdict != now.Verdict:
			return cert.Refused("the same image is certified and falsified, as images %d and %d",
				before.index, now.index)
		case before.label != now.label:
			return cert.Refused("the same image has label %d, and label %d as image %d",
				now.label, before.label, before.index)
		}
		claim.Repeats++
		return nil
	}
	a.images[at][key] = now
	claim.Leaves += c.report.Leaves
	if now.Verdict == cert.Certified {
		claim.Certified++
	} else {
		claim.Falsified++
	}
	return nil
}

// claim finds or makes the claim of a certificate's ball.
func (a *audit) claim(c *cert.Certificate) int {
	for i := range a.report.Claims {
		if a.report.Claims[i].Ball.Equal(c.Ball) {
			return i
		}
	}
	a.report.Claims = append(a.report.Claims, Claim{Ball: c.Ball})
	a.images = append(a.images, map[image]verdict{})
	return len(a.images) - 1
}

func identify(input []float64) image {
	buffer := make([]byte, 0, 8*len(input))
	for _, v := range input {
		buffer = binary.LittleEndian.AppendUint64(buffer, math.Float64bits(v+0)) // -0 and 0 are one input
	}
	return sha256.Sum256(buffer)
}
