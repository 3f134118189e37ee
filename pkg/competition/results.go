package competition

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"tightrope/pkg/property"
	"tightrope/pkg/record"
)

// header of results.csv.
var header = []string{"onnx", "vnnlib", "answer", "seconds", "proof"}

// results is a file of results that grows.
type results struct {
	mutex sync.Mutex
	file  *os.File
	rows  map[[2]string]Result
}

// openResults reads what is there; a line that a killed run left unfinished is cut off.
func openResults(dir string) (*results, error) {
	r := &results{rows: map[[2]string]Result{}}
	path := filepath.Join(dir, "results.csv")
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	whole := len(content)
	for whole > 0 && content[whole-1] != '\n' {
		whole--
	}
	if r.file, err = os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644); err != nil {
		return nil, err
	}
	if err := errors.Join(r.file.Truncate(int64(whole)), r.read(path, whole)); err != nil {
		r.file.Close()
		return nil, err
	}
	return r, nil
}

// read reads the rows, or writes the header of a new file.
func (r *results) read(path string, size int) error {
	if size == 0 {
		return r.write(header)
	}
	rows, err := table(path, len(header))
	if err != nil {
		return err
	}
	for n, row := range rows[1:] {
		seconds, err := strconv.ParseFloat(row[3], 64)
		if err != nil {
			return fmt.Errorf("%s: line %d: %q are no seconds: give another --out", path, n+2, row[3])
		}
		r.rows[[2]string{row[0], row[1]}] = Result{Answer: property.Answer(row[2]), Seconds: seconds,
			Proof: Proof(row[4])}
	}
	_, err = r.file.Seek(0, 2)
	return err
}

func (r *results) write(row []string) error {
	w := csv.NewWriter(r.file)
	if err := w.Write(row); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// of is the result of an instance.
func (r *results) of(i *Instance) (Result, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	result, known := r.rows[i.Name()]
	result.Instance = *i
	return result, known
}

func (r *results) add(result Result) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	name := result.Name()
	r.rows[name] = result
	return r.write([]string{name[0], name[1], string(result.Answer), strconv.FormatFloat(result.Seconds, 'f', 3, 64),
		string(result.Proof)})
}

func (r *results) inOrder(instances []Instance) (all []Result) {
	for n := range instances {
		result, _ := r.of(&instances[n])
		all = append(all, result)
	}
	return all
}

func (r *results) close() { r.file.Close() }

// Record says how results were made; a run continues in a folder only as it began.
type Record struct {
	Schema   int             `json:"schema"`
	Timeout  float64         `json:"timeout"` // seconds; 0: the instances' own
	Workers  int             `json:"workers"`
	Versions record.Versions `json:"versions"`
	Machine  record.Machine  `json:"machine"`
}

// startRecord writes the record, or compares it with the one that is there.
func (o *Options) startRecord() error {
	now := record.New("vnncomp", "")
	own := Record{Schema: 1, Timeout: o.Timeout.Seconds(), Workers: max(1, o.Workers), Versions: now.Versions,
		Machine: now.Machine}
	path := filepath.Join(o.Dir, "record.json")
	content, err := os.ReadFile(path)
	if err == nil {
		var old Record
		if err := json.Unmarshal(content, &old); err != nil {
			return fmt.Errorf("%s is damaged: give another --out: %w", path, err)
		}
		if old.Timeout != own.Timeout || old.Workers != own.Workers || old.Versions != own.Versions {
			return fmt.Errorf("%s is of a run with --timeout %gs --workers %d by version %.20q: continue with the "+
				"same, or give another --out", o.Dir, old.Timeout, old.Workers, old.Versions.Tightrope)
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if content, err = json.MarshalIndent(own, "", "  "); err != nil {
		return err
	}
	return record.WriteAtomic(path, append(content, '\n'))
}
