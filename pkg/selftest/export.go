package selftest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// exported is a row as benchmarks/peers.py takes it, with files relative to the folder.
type exported struct {
	Title       string  `json:"title"`
	Task        string  `json:"task"`
	Method      string  `json:"method"`
	Weights     string  `json:"weights"`
	Data        string  `json:"data"`
	Eps         float64 `json:"eps"`
	Projections int     `json:"projections"`
	Samples     int     `json:"samples"`
	Batch       int     `json:"batch"`
	Least       int     `json:"least,omitempty"`
}

// samplesFile and colourFile hold the samples of an export.
const (
	samplesFile = "samples.safetensors"
	colourFile  = "colour.safetensors"
)

// Export writes the rows, their networks and samples into a folder, for other programs to time the same on the same
// machine (rows.json, NETWORK.safetensors, samples.safetensors, colour.safetensors). dataDir is as in [Options]. The
// samples are noise where MNIST is missing. It returns an error if MNIST is damaged, and if a file cannot be written.
func Export(dir, dataDir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return record.Explain(dir, err)
	}
	s := &session{options: Options{DataDir: dataDir}, report: &Report{}}
	set, err := s.samples()
	if err != nil {
		return err
	}
	for file, set := range map[string]*data.Set{samplesFile: set, colourFile: noise(colour, mostSamples(true))} {
		if err := writeSamples(filepath.Join(dir, file), set); err != nil {
			return err
		}
	}
	var all []exported
	for _, r := range rows {
		n, err := r.network()
		if err != nil {
			return fmt.Errorf("%s: %w", r.title, err)
		}
		e := r.exported()
		if err := net.Save(filepath.Join(dir, e.Weights), n); err != nil {
			return err
		}
		all = append(all, e)
	}
	content, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return record.WriteAtomic(filepath.Join(dir, "rows.json"), append(content, '\n'))
}

func writeSamples(path string, set *data.Set) error {
	return net.WriteTensors(path, []net.NamedTensor{
		{Name: "x", Value: tensors.FromFlatDataAndDimensions(set.X, append([]int{set.Len()}, set.Shape...)...)},
		{Name: "y", Value: tensors.FromFlatDataAndDimensions(set.Y, set.Len())},
	}, nil)
}

// plain makes the name of a file of an architecture's name or text.
var plain = strings.NewReplacer("/", "-", " ", "-", ",", "-", "(", "-", ")", "")

// exported is the row in the words of benchmarks/peers.py.
func (r row) exported() exported {
	e := exported{Title: r.title, Weights: plain.Replace(r.arch+r.trained) + ".safetensors", Data: samplesFile,
		Eps: radius, Projections: r.projections, Samples: r.samples, Batch: r.batch, Least: r.least}
	if r.colour {
		e.Data = colourFile
	}
	e.Task = [...]string{trainStep: "train", verifyAll: "verify", attackAll: "attack"}[r.task]
	e.Method = map[train.Method]string{train.CP: "fast-lin", train.IBP: "ibp", train.CROWNIBP: "crown-ibp"}[r.method]
	if e.Batch == 0 {
		e.Batch = r.samples
	}
	return e
}
