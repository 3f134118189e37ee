//go:build !js

package data

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// fromMirror downloads what is needed from one mirror and stops at its first failure: a host that refuses one file is
// not asked for the next.
func (f *fetcher) fromMirror(ctx context.Context, base string) error {
	base = strings.TrimSuffix(base, "/") + "/"
	f.log("%s: trying %s", f.name, base)
	if f.archive != "" {
		f.meter.start(0, f.archiveBytes)
		return f.obtain(ctx, base+f.archive, func(part string) error { return f.importArchive(ctx, part) })
	}
	need := f.needed()
	var total int64
	for _, spec := range need {
		total += spec.download
	}
	f.meter.start(0, total)
	for _, spec := range need {
		install := func(part string) error { return f.installFile(ctx, spec, part, true) }
		if err := f.obtain(ctx, base+spec.name+".gz", install); err != nil {
			return err
		}
	}
	return nil
}

// obtain downloads url and hands the file to install. What a broken connection, a full disk or Ctrl-C leaves is kept
// and resumed by the next call. A download that turns out damaged is removed, and the log says so; it is fetched once
// more where it was a resumed one, because its beginning may have come from elsewhere.
func (f *fetcher) obtain(ctx context.Context, url string, install func(part string) error) error {
	part := filepath.Join(f.dest, path.Base(url)+".part")
	resumed := sizeOf(part)
	if resumed > 0 {
		f.log("%s: going on with %s at byte %d", f.name, path.Base(url), resumed)
	}
	before := f.meter.done
	err := f.download(ctx, url, part)
	if err == nil {
		err = install(part)
	}
	if err == nil {
		return os.Remove(part)
	}
	f.meter.add(before - f.meter.done)
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	f.log("%s: the download of %s is refused and removed: %v", f.name, url, err)
	if err := os.Remove(part); err != nil {
		return err
	}
	if resumed > 0 {
		return f.obtain(ctx, url, install)
	}
	return err
}
