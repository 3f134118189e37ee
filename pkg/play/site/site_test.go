package site

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

var pages = fstest.MapFS{"index.html": {Data: []byte("<p>pages</p>")}, "play.js": {Data: []byte("1")},
	"tightrope-1.bin": {Data: []byte{0x1f, 0x8b}}}

// get is an answer of the server.
func get(t *testing.T, address string) (status int, kind, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Content-Type"), string(text)
}

// TestServe: the pages are served to this machine with their types, the module as it is, until the context ends.
func TestServe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- Serve(ctx, pages, 0, func(at string) { address <- at }) }()
	at := <-address
	if !strings.HasPrefix(at, "http://127.0.0.1:") {
		t.Errorf("the address is %s: the pages are for this machine only", at)
	}
	for path, want := range map[string][2]string{"": {"text/html", "<p>pages</p>"}, "play.js": {"text/javascript", "1"},
		"tightrope-1.bin": {"application/octet-stream", "\x1f\x8b"}} {
		status, kind, body := get(t, at+path)
		if status != http.StatusOK || !strings.HasPrefix(kind, want[0]) || body != want[1] {
			t.Errorf("%q: status %d, type %q, body %q, want %q", path, status, kind, body, want)
		}
	}
	if status, _, _ := get(t, at+"other.html"); status != http.StatusNotFound {
		t.Errorf("a page that is not there has status %d", status)
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the server goes on after its context has ended")
	}
}

// TestFiles: pages are found in a folder that is named, and in the repository's from any folder below; if there are
// none, the error says what to do.
func TestFiles(t *testing.T) {
	root := t.TempDir()
	below := filepath.Join(root, "a", "b")
	built := filepath.Join(root, filepath.FromSlash(Built))
	for _, dir := range []string{below, built} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(below)
	if embedded == nil {
		if _, err := Files(""); err == nil || !strings.Contains(err.Error(), "make playground") {
			t.Errorf("no pages anywhere: error %v", err)
		}
	}
	if _, err := Files(below); err == nil || !strings.Contains(err.Error(), "make playground") {
		t.Errorf("no pages in the folder: error %v", err)
	}
	if err := os.WriteFile(filepath.Join(built, "index.html"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", built} {
		if _, err := Files(dir); err != nil {
			t.Errorf("folder %q: %v", dir, err)
		}
	}
}
