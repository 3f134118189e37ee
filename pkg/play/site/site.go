// Package site serves the playground's built pages: those that are embedded in the program (build tag playground, make
// dist), or a folder that make playground built.
package site

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"time"
)

// Built is where make playground puts the pages, in the repository.
const Built = "build/site/play"

// Files are the pages in a folder; "" stands for those of the program, or, where it has none, for [Built] in this
// folder or one above. It returns an error if there are none.
func Files(dir string) (fs.FS, error) {
	if dir == "" && embedded != nil {
		return embedded, nil
	}
	candidates := []string{dir}
	if dir == "" {
		candidates = above(Built)
	}
	for _, c := range candidates {
		if _, err := os.Stat(filepath.Join(c, "index.html")); err == nil {
			return os.DirFS(c), nil
		}
	}
	if dir != "" {
		return nil, fmt.Errorf("there is no playground in %s: name the folder that make playground wrote (%s)",
			dir, Built)
	}
	return nil, fmt.Errorf("this program holds no playground, and there is none in %s: build it with make playground, "+
		"name its folder with --dir, or use a program of make dist", Built)
}

// above are a path in the working folder and in those above it.
func above(file string) (all []string) {
	dir, err := os.Getwd()
	for err == nil {
		all = append(all, filepath.Join(dir, file))
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	return all
}

// types are those of the pages' files: the system's own table may lack or change them.
var types = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".bin": "application/octet-stream"}

// Handler serves pages.
func Handler(files fs.FS) http.Handler {
	server := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if kind, known := types[path.Ext(r.URL.Path)]; known {
			w.Header().Set("Content-Type", kind)
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache")
		server.ServeHTTP(w, r)
	})
}

// Serve serves pages to this machine only, at a port (0: any that is free), until the context is cancelled; then it
// returns nil. It calls ready with the pages' address as soon as they can be opened.
func Serve(ctx context.Context, files fs.FS, port int, ready func(address string)) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return fmt.Errorf("%w: choose another port, or 0 for any that is free", err)
	}
	server := &http.Server{Handler: Handler(files), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	ready(fmt.Sprintf("http://%s/", listener.Addr()))
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
