package record

import (
	"crypto/sha256"
	"encoding/hex"
	"runtime"
	"runtime/debug"
	"time"
)

// Versions are those of the program that made a record; "" if the build does not know.
type Versions struct {
	Tightrope string `json:"tightrope"`
	Go        string `json:"go"`
	GoMLX     string `json:"gomlx"`
	GoXLA     string `json:"goxla"`
}

// Machine is where a record was made.
type Machine struct {
	Cores   int    `json:"cores"`
	Threads int    `json:"threads"` // GOMAXPROCS
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// New starts a record of this program on this machine, now.
func New(name string, kind Kind) *Record {
	return &Record{
		Schema: Schema, Name: name, Kind: kind, Versions: Program(), Started: time.Now().Truncate(time.Second),
		Machine: Machine{Cores: runtime.NumCPU(), Threads: runtime.GOMAXPROCS(0), OS: runtime.GOOS,
			Arch: runtime.GOARCH},
		Results: map[string]SplitResult{},
	}
}

// Program are the versions of this program.
func Program() Versions {
	v := Versions{Go: runtime.Version()}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Tightrope = tightropeVersion(build)
	for _, module := range build.Deps {
		switch module.Path {
		case "github.com/gomlx/gomlx":
			v.GoMLX = module.Version
		case "github.com/gomlx/go-xla":
			v.GoXLA = module.Version
		}
	}
	return v
}

// tightropeVersion prefers the commit; a commit with changes on top is marked.
func tightropeVersion(build *debug.BuildInfo) string {
	version, dirty := build.Main.Version, ""
	for _, s := range build.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			version = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	return version + dirty
}

func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
