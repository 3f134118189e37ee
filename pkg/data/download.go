//go:build !js

package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// errIncomplete is the error of a download that broke off after it had begun: the part on disk can be resumed.
var errIncomplete = errors.New("the connection broke off")

// download brings url into the file part, going on where an earlier attempt stopped. A connection that breaks off is
// resumed a few times as long as bytes arrive. What is in part stays there after an error.
func (f *fetcher) download(ctx context.Context, url, part string) error {
	const tries = 4
	var err error
	for range tries {
		before := sizeOf(part)
		err = f.downloadOnce(ctx, url, part)
		if err == nil || ctx.Err() != nil || !errors.Is(err, errIncomplete) || sizeOf(part) <= before {
			return err
		}
		f.log("%s: %v, resuming at byte %d", f.name, err, sizeOf(part))
	}
	return err
}

func (f *fetcher) downloadOnce(ctx context.Context, url, part string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dog := newWatchdog(f.answer, cancel)
	defer dog.timer.Stop()
	resp, err := f.request(ctx, url, sizeOf(part))
	if err != nil {
		if dog.bit.Load() {
			return fmt.Errorf("no answer within %s", f.answer)
		}
		return shortNetError(err)
	}
	defer resp.Body.Close()
	dog.feed(f.stall)
	err = f.receive(ctx, resp, part, dog)
	if dog.bit.Load() && err != nil {
		return fmt.Errorf("%w: nothing arrived for %s", errIncomplete, f.stall)
	}
	return err
}

func (f *fetcher) request(ctx context.Context, url string, offset int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	return f.client.Do(req)
}

// receive writes the answer to a request for the bytes after those in part.
func (f *fetcher) receive(ctx context.Context, resp *http.Response, part string, dog *watchdog) error {
	offset := sizeOf(part)
	switch resp.StatusCode {
	case http.StatusPartialContent:
		var first int64
		if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-", &first); err != nil || first != offset {
			return damaged("%s: the server sent another range than was asked for", part)
		}
	case http.StatusOK:
		offset = 0
	case http.StatusRequestedRangeNotSatisfiable:
		if resp.Header.Get("Content-Range") == fmt.Sprintf("bytes */%d", offset) {
			return nil // all of it is there
		}
		return damaged("%s: the server's file is shorter than what is here", part)
	default:
		return fmt.Errorf("the server answered %s", resp.Status)
	}
	return f.store(ctx, resp, part, offset, dog)
}

// store appends the body to part at offset.
func (f *fetcher) store(ctx context.Context, resp *http.Response, part string, offset int64,
	dog *watchdog) (err error) {
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := out.Truncate(offset); err != nil {
		return err
	}
	if _, err := out.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	f.meter.add(offset)
	body := &bodyReader{in: reader{ctx, fedReader{resp.Body, dog, f.stall}, &f.meter}}
	n, err := io.Copy(out, body)
	if err != nil && body.err != nil {
		f.meter.add(-offset - n)
		return fmt.Errorf("%w after %d bytes (%v)", errIncomplete, offset+n, shortNetError(body.err))
	}
	return err
}

// bodyReader remembers an error of the network, to tell it from one of the disk.
type bodyReader struct {
	in  io.Reader
	err error
}

func (b *bodyReader) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// shortNetError drops the address that the caller names anyway.
func shortNetError(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return errors.New("cannot connect, " + lastPart(dial.Err.Error()))
	}
	return err
}

// lastPart is what follows the last ": ", the cause itself.
func lastPart(text string) string {
	if i := strings.LastIndex(text, ": "); i >= 0 {
		return text[i+2:]
	}
	return text
}
