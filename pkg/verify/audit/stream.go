package audit

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sync/errgroup"

	"tightrope/pkg/verify/cert"
)

// checked is a certificate after [cert.Check].
type checked struct {
	line   []byte
	proof  *cert.Certificate // nil: damaged
	report *cert.Report
	err    error // why it does not count
}

// batchSize is how many certificates, and batchBytes how much text, is held at once.
const (
	batchSize  = 256
	batchBytes = 64 << 20
)

// stream checks the certificates of a file, several at the same time, and gives them to use in their order.
func (o *Options) stream(ctx context.Context, path string, use func(number int, c *checked)) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("no certificates at %s: give a file of certificates, or the folder of a verification", path)
	}
	defer file.Close()
	var batch []*checked
	first, bytes := 0, 0
	flush := func() error {
		err := o.checkAll(ctx, batch)
		for i, c := range batch {
			if err == nil && (c.proof == nil || o.Only == nil || c.proof.Index == *o.Only) {
				use(first+i, c)
			}
		}
		first, bytes, batch = first+len(batch), 0, batch[:0]
		return err
	}
	err = cert.EachLine(file, func(_ int, line []byte) error {
		batch = append(batch, &checked{line: append([]byte(nil), line...)})
		if bytes += len(line); len(batch) < batchSize && bytes < batchBytes {
			return nil
		}
		return flush()
	})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return flush()
}

func (o *Options) checkAll(ctx context.Context, batch []*checked) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(o.Workers)
	for _, c := range batch {
		group.Go(func() error {
			o.check(inner, c)
			return ctx.Err()
		})
	}
	return group.Wait()
}

// check decodes and checks one certificate.
func (o *Options) check(ctx context.Context, c *checked) {
	if c.proof, c.err = cert.Decode(c.line); c.err != nil {
		c.proof, c.err = nil, fmt.Errorf("damaged: %w", c.err)
		return
	}
	if o.Only != nil && c.proof.Index != *o.Only {
		return
	}
	inner, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	c.report, c.err = cert.CheckWithin(inner, o.Network, c.proof, o.Limits)
	if c.err == nil && o.Second != nil {
		c.err = o.Second(inner, c.proof)
	}
	switch {
	case errors.Is(c.err, context.DeadlineExceeded) && ctx.Err() == nil:
		c.err = fmt.Errorf("not checked within %s: allow more time", seconds(o.Timeout))
	case c.err == nil:
		c.err = o.Expect.check(c.proof.Ball)
	}
	if c.err == nil {
		c.err = o.compare(c.proof)
	}
}
