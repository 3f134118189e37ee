package data

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tightrope/pkg/internal/atomicfile"
)

// toy is a small data set of two files, with the content of its files.
func toy() (*catalogued, map[string][]byte) {
	images := make([]byte, 300_000)
	for i := range images {
		images[i] = byte(mix(uint64(i))) // does not compress, so that a download has a middle
	}
	contents := map[string][]byte{
		"images-idx3-ubyte": idx([]int{30, 100, 100}, images),
		"labels-idx1-ubyte": idx([]int{30}, make([]byte, 30)),
	}
	c := &catalogued{name: "toy"}
	for _, name := range []string{"images-idx3-ubyte", "labels-idx1-ubyte"} {
		sum := md5.Sum(contents[name])
		c.files = append(c.files, file{name: name, size: int64(len(contents[name])), md5: hex.EncodeToString(sum[:]),
			download: 1000})
	}
	return c, contents
}

func zip(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func tarball(t *testing.T, contents map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, b := range contents {
		if err := w.WriteHeader(&tar.Header{Name: "../package/data/" + name, Typeflag: tar.TypeReg, Size: int64(len(b)),
			Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return zip(t, out.Bytes())
}

// mirror is a local server that remembers what it was asked for.
type mirror struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string // PATH, or PATH RANGE
}

func (m *mirror) asked() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.requests, "; ")
}

// serve starts a mirror of files. before may answer a request itself, and then returns true.
func serve(t *testing.T, files map[string][]byte,
	before func(w http.ResponseWriter, r *http.Request, n int) bool) *mirror {
	m := &mirror{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		m.requests = append(m.requests, strings.TrimSpace(path.Base(r.URL.Path)+" "+r.Header.Get("Range")))
		n := len(m.requests)
		m.mu.Unlock()
		content, ok := files[path.Base(r.URL.Path)]
		if before != nil && before(w, r, n) {
			return
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(m.Close)
	return m
}

func zipped(t *testing.T, contents map[string][]byte) map[string][]byte {
	out := map[string][]byte{}
	for name, b := range contents {
		out[name+".gz"] = zip(t, b)
	}
	return out
}

// breakOff sends the first half of a file and then drops the connection.
func breakOff(w http.ResponseWriter, whole []byte) {
	w.Header().Set("Content-Length", "999999999")
	w.Write(whole[:len(whole)/2])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// toyFetch is a fetcher of the toy set into a new folder, with its log.
func toyFetch(t *testing.T, c *catalogued, opts FetchOptions) (*fetcher, *strings.Builder) {
	t.Helper()
	log := &strings.Builder{}
	if opts.Dir == "" {
		opts.Dir = t.TempDir()
	}
	opts.Log = func(line string) { log.WriteString(line + "\n") }
	f := newFetcher(c, opts)
	f.answer, f.stall = 2*time.Second, 2*time.Second
	return f, log
}

// wantComplete checks that the files are there, right, and nothing else is.
func wantComplete(t *testing.T, f *fetcher, contents map[string][]byte, others ...string) {
	t.Helper()
	entries, err := os.ReadDir(f.dest)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range contents {
		if got, err := os.ReadFile(filepath.Join(f.dest, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what was served: %v", name, err)
		}
	}
	if len(entries) != len(contents)+len(others) {
		t.Errorf("there are %v, want only the data files and %v", entries, others)
	}
}

func TestFetchFromMirror(t *testing.T) {
	c, contents := toy()
	m := serve(t, zipped(t, contents), nil)
	f, _ := toyFetch(t, c, FetchOptions{Mirrors: []string{m.URL}})
	var last, total int64
	f.meter.report = func(d, t int64) { last, total = d, t }
	if err := f.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantComplete(t, f, contents)
	if last < 300_000 || total != 2000 {
		t.Errorf("progress ended at %d of %d", last, total)
	}
	asked := m.asked()
	if err := f.run(t.Context()); err != nil || m.asked() != asked {
		t.Errorf("a second fetch asked the mirror again: %s, %v", m.asked(), err)
	}
}

func TestFetchResumesABrokenConnection(t *testing.T) {
	c, contents := toy()
	files := zipped(t, contents)
	whole := files["images-idx3-ubyte.gz"]
	m := serve(t, files, func(w http.ResponseWriter, r *http.Request, n int) bool {
		if n == 1 {
			breakOff(w, whole)
		}
		return false
	})
	f, log := toyFetch(t, c, FetchOptions{Mirrors: []string{m.URL}})
	if err := f.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantComplete(t, f, contents)
	if !strings.Contains(m.asked(), "images-idx3-ubyte.gz; images-idx3-ubyte.gz bytes=") ||
		!strings.Contains(log.String(), "resuming at byte") {
		t.Errorf("not resumed: %s\n%s", m.asked(), log)
	}
}

func TestFetchGoesOnAfterAnInterruption(t *testing.T) {
	c, contents := toy()
	files := zipped(t, contents)
	whole := files["images-idx3-ubyte.gz"]
	ctx, cancel := context.WithCancel(t.Context())
	m := serve(t, files, func(w http.ResponseWriter, r *http.Request, n int) bool {
		if n > 1 {
			return false
		}
		w.Header().Set("Content-Length", "999999999")
		w.Write(whole[:len(whole)/2])
		w.(http.Flusher).Flush()
		time.Sleep(50 * time.Millisecond)
		cancel() // Ctrl-C in the middle
		<-r.Context().Done()
		return true
	})
	f, _ := toyFetch(t, c, FetchOptions{Mirrors: []string{m.URL}})
	err := f.run(ctx)
	wantError(t, err, "fetching toy was interrupted: run `tightrope data fetch toy` again to continue")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
	if n := sizeOf(filepath.Join(f.dest, "images-idx3-ubyte.gz.part")); n == 0 {
		t.Fatal("nothing was kept of the interrupted download")
	}
	again, _ := toyFetch(t, c, f.opts)
	if err := again.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantComplete(t, again, contents)
	if !strings.Contains(m.asked(), " bytes=") {
		t.Errorf("began anew: %s", m.asked())
	}
}

func TestFetchRestartsAForeignPart(t *testing.T) {
	c, contents := toy()
	m := serve(t, zipped(t, contents), nil)
	for name, part := range map[string][]byte{"foreign": []byte("<html>log in first</html>"),
		"too long": make([]byte, 1_000_000)} {
		f, log := toyFetch(t, c, FetchOptions{Mirrors: []string{m.URL}})
		write(t, filepath.Join(f.dest, "images-idx3-ubyte.gz.part"), part)
		if err := f.run(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantComplete(t, f, contents)
		if !strings.Contains(log.String(), "is refused and removed") {
			t.Errorf("%s: the part was removed without a word:\n%s", name, log)
		}
	}
}

func TestFetchTakesACompletePart(t *testing.T) {
	c, contents := toy()
	files := zipped(t, contents)
	m := serve(t, files, nil)
	f, _ := toyFetch(t, c, FetchOptions{Mirrors: []string{m.URL}})
	write(t, filepath.Join(f.dest, "images-idx3-ubyte.gz.part"), files["images-idx3-ubyte.gz"])
	if err := f.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantComplete(t, f, contents)
	if strings.Contains(m.asked(), "images-idx3-ubyte.gz;") {
		t.Errorf("downloaded again: %s", m.asked())
	}
}

func TestFetchRefusesWrongContentAndTriesTheNext(t *testing.T) {
	c, contents := toy()
	wrong := map[string][]byte{}
	for name, b := range contents {
		wrong[name] = append([]byte{1}, b[1:]...)
	}
	bad, good := serve(t, zipped(t, wrong), nil), serve(t, zipped(t, contents), nil)
	f, log := toyFetch(t, c, FetchOptions{Mirrors: []string{bad.URL, good.URL}})
	if err := f.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantComplete(t, f, contents)
	if !strings.Contains(log.String(), "expected md5 "+c.files[0].md5+", found ") {
		t.Errorf("the log does not say what was wrong:\n%s", log)
	}
	f, _ = toyFetch(t, c, FetchOptions{Mirrors: []string{bad.URL}})
	wantError(t, f.run(t.Context()), "get the files on another machine and run `tightrope data fetch toy --from DIR`")
	wantComplete(t, f, nil)
}

func TestFetchSetsADamagedFileAside(t *testing.T) {
	c, contents := toy()
	m := serve(t, zipped(t, contents), nil)
	f, log := toyFetch(t, c, FetchOptions{Mirrors: []string{m.URL}})
	path := filepath.Join(f.dest, "labels-idx1-ubyte")
	write(t, path, []byte("precious"))
	if err := f.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantComplete(t, f, contents, "labels-idx1-ubyte.bad-1")
	if kept, err := os.ReadFile(path + ".bad-1"); err != nil || string(kept) != "precious" {
		t.Errorf("the damaged file holds %q, %v", kept, err)
	}
	if !strings.Contains(log.String(), "labels-idx1-ubyte is now labels-idx1-ubyte.bad-1") {
		t.Errorf("set aside without a word:\n%s", log)
	}
}

func TestFetchLeavesDeadHostsSoon(t *testing.T) {
	c, contents := toy()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close() // a port where nobody listens
	release := make(chan struct{})
	silent := serve(t, nil, func(http.ResponseWriter, *http.Request, int) bool { <-release; return true })
	defer close(release)
	stalling := serve(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Write([]byte{0x1f, 0x8b})
		w.(http.Flusher).Flush()
		<-release
		return true
	})
	forbidding := serve(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	good := serve(t, zipped(t, contents), nil)
	f, log := toyFetch(t, c, FetchOptions{Mirrors: []string{"http://" + listener.Addr().String(), silent.URL,
		forbidding.URL, stalling.URL, good.URL}})
	f.answer, f.stall = 300*time.Millisecond, 300*time.Millisecond
	if err := f.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	wantComplete(t, f, contents)
	for _, want := range []string{"connection refused", "no answer within 300ms", "403 Forbidden",
		"nothing arrived for 300ms"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
	if silent.asked() != "images-idx3-ubyte.gz" {
		t.Errorf("a silent host was asked again: %s", silent.asked())
	}
}

func TestFetchFrom(t *testing.T) {
	c, contents := toy()
	c.npm, c.archive = "toy-data@1.0.0", "toy.tar.gz"
	c.files[0].aliases = []string{"images.idx3-ubyte"}
	images, labels := contents["images-idx3-ubyte"], contents["labels-idx1-ubyte"]
	forms := map[string]map[string][]byte{
		"raw":         contents,
		"gzipped":     zipped(t, contents),
		"mixed, deep": {"a/b/images.idx3-ubyte": images, "c/labels-idx1-ubyte.gz": zip(t, labels)},
		"archive":     {"toy.tar.gz": tarball(t, contents)},
		"npm package": {"toy-data-1.0.0.tgz": tarball(t, zipped(t, contents))},
	}
	for name, files := range forms {
		t.Run(name, func(t *testing.T) {
			from := t.TempDir()
			for path, b := range files {
				write(t, filepath.Join(from, path), b)
			}
			f, _ := toyFetch(t, c, FetchOptions{From: from})
			if err := f.run(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantComplete(t, f, contents)
		})
	}
}

func TestFetchFromRefuses(t *testing.T) {
	c, contents := toy()
	name, labels := "images-idx3-ubyte", contents["labels-idx1-ubyte"]
	long := append(bytes.Clone(contents[name]), 0)
	cases := map[string]struct {
		files map[string][]byte
		want  string
	}{
		"nothing": {nil, "there is no images-idx3-ubyte: it needs images-idx3-ubyte, labels-idx1-ubyte (or these " +
			"with .gz)"},
		"cut":      {map[string][]byte{name: contents[name][:1000]}, "expected 300016 bytes, found 1000"},
		"too long": {map[string][]byte{name: long}, "expected 300016 bytes of images-idx3-ubyte, found more"},
		"cut gzip": {map[string][]byte{name + ".gz": zip(t, contents[name])[:1000], "labels-idx1-ubyte": labels},
			"broken gzip data (unexpected EOF)"},
		"no gzip": {map[string][]byte{name + ".gz": []byte("x"), "labels-idx1-ubyte": labels}, "not a gzip file"},
	}
	for what, tc := range cases {
		t.Run(what, func(t *testing.T) {
			from := t.TempDir()
			for path, b := range tc.files {
				write(t, filepath.Join(from, path), b)
			}
			f, _ := toyFetch(t, c, FetchOptions{From: from})
			wantError(t, f.run(t.Context()), tc.want)
			if _, err := os.Stat(filepath.Join(f.dest, name)); err == nil {
				t.Error("a wrong file was installed")
			}
		})
	}
	f, _ := toyFetch(t, c, FetchOptions{From: filepath.Join(t.TempDir(), "none")})
	wantError(t, f.run(t.Context()), "none: no such file or directory")
}

func TestFetchFromNPM(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for npm is a shell script")
	}
	c, contents := toy()
	c.npm = "toy-data@1.0.0"
	bin := t.TempDir()
	write(t, filepath.Join(bin, "toy.tgz"), tarball(t, contents))
	script := "#!/bin/sh\n[ \"$1 $2\" = 'pack toy-data@1.0.0' ] || exit 9\ncp '" + bin +
		"/toy.tgz' toy-data-1.0.0.tgz\n"
	npm := filepath.Join(bin, "npm")
	write(t, npm, []byte(script))
	if err := os.Chmod(npm, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	f, _ := toyFetch(t, c, FetchOptions{})
	if err := f.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantComplete(t, f, contents)

	write(t, npm, []byte("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n"))
	f, _ = toyFetch(t, c, FetchOptions{})
	wantError(t, f.run(t.Context()), "npm package toy-data@1.0.0: exit status 1: npm error code ENOTFOUND")
	wantComplete(t, f, nil)

	t.Setenv("PATH", t.TempDir())
	f, _ = toyFetch(t, c, FetchOptions{})
	wantError(t, f.run(t.Context()), "npm is not on the PATH")
}

func TestFetchRefusesAFolderThatCannotBeWritten(t *testing.T) {
	c, _ := toy()
	occupied := filepath.Join(t.TempDir(), "file")
	write(t, occupied, nil)
	f, _ := toyFetch(t, c, FetchOptions{Dir: occupied})
	wantError(t, f.run(t.Context()), "choose another folder with --data-dir or $TIGHTROPE_DATA")
}

func TestFetchEmbeddedAndUnknown(t *testing.T) {
	said := ""
	if err := Fetch(t.Context(), "digits", FetchOptions{Dir: t.TempDir(),
		Log: func(s string) { said = s }}); err != nil || !strings.Contains(said, "embedded") {
		t.Errorf("%q, %v", said, err)
	}
	wantError(t, Fetch(t.Context(), "imagenet", FetchOptions{}), "choose one of")
}

func TestWriteAtomicKeepsTheOldFileOnFailure(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	write(t, path, []byte("old"))
	err := atomicfile.Write(path, func(w io.Writer) error {
		w.Write([]byte("ne"))
		return errors.New("disk full")
	})
	got, readErr := os.ReadFile(path)
	entries, _ := os.ReadDir(dir)
	if err == nil || readErr != nil || string(got) != "old" || len(entries) != 1 {
		t.Errorf("%v, %q, %v", err, got, entries)
	}
}

func TestFetchTidiesUpAfterAKilledOne(t *testing.T) {
	c, contents := toy()
	m := serve(t, zipped(t, contents), nil)
	f, _ := toyFetch(t, c, FetchOptions{Mirrors: []string{m.URL}})
	stale, recent := filepath.Join(f.dest, ".npm.1.tmp"), filepath.Join(f.dest, ".npm.2.tmp")
	write(t, filepath.Join(stale, "big.tgz"), nil)
	write(t, filepath.Join(recent, "big.tgz"), nil)
	old := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(stale, old, old); err != nil {
		t.Fatal(err)
	}
	if err := f.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantComplete(t, f, contents, ".npm.2.tmp")
}
