package modelcascade

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tightrope/pkg/internal/strictjson"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// fileName is the file that makes a folder that of a cascade.
const fileName = "modelcascade.json"

// kind is [Cascade.Kind].
const kind = "model cascade"

// schema is the version of the file's form.
const schema = 1

// Cascade is the file of a cascade: which networks belong to it, in order.
type Cascade struct {
	Kind    string   `json:"kind"`
	Schema  int      `json:"schema"`
	Members []string `json:"members"` // model files, relative to the folder
	Hashes  []string `json:"hashes"`  // of their networks
	// Technique is the bound that certifies, at an input as in training.
	Technique technique.ID `json:"technique"`

	dir string
}

// IsFolder reports whether a path is the folder of a cascade.
func IsFolder(path string) bool {
	_, err := os.Stat(filepath.Join(path, fileName))
	return err == nil
}

// Open reads the cascade in a folder. It returns an error, with its remedy, for a folder of another kind and for a file
// of another version.
func Open(dir string) (*Cascade, error) {
	path := filepath.Join(dir, fileName)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no cascade of models in %s: train one by `tightrope train RECIPE --cascade 3`", dir)
	}
	if err != nil {
		return nil, err
	}
	c := &Cascade{dir: dir}
	if err := strictjson.Unmarshal(content, c); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w: train the cascade again with --resume, which writes it again", path,
			err)
	}
	switch {
	case c.Kind != kind:
		return nil, fmt.Errorf("%s is of the kind %.40q, not a %s", path, c.Kind, kind)
	case c.Schema != schema:
		return nil, fmt.Errorf("%s has schema %d, this program reads %d: use the version of tightrope that made it",
			path, c.Schema, schema)
	case len(c.Members) == 0 || len(c.Hashes) != len(c.Members):
		return nil, fmt.Errorf("%s names %d members and %d hashes: train the cascade again with --resume", path,
			len(c.Members), len(c.Hashes))
	}
	return c, nil
}

// Path is the model file of a member, counted from 0.
func (c *Cascade) Path(member int) string {
	return filepath.Join(c.dir, filepath.FromSlash(c.Members[member]))
}

// CheckHash returns an error unless a member's network, counted from 0, is the one that the cascade was made of.
func (c *Cascade) CheckHash(member int, hash string) error {
	if c.Hashes[member] == hash {
		return nil
	}
	return fmt.Errorf("%s is another network than member %d of the cascade (hash %.12s, not %.12s): restore the file, "+
		"or train the cascade again", c.Path(member), member+1, hash, c.Hashes[member])
}

// write writes the file of the cascade.
func (c *Cascade) write(dir string) error {
	c.Kind, c.Schema, c.dir = kind, schema, dir
	content, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return err
	}
	return record.WriteAtomic(filepath.Join(dir, fileName), append(content, '\n'))
}

// memberName is the folder of a member, counted from 0, in that of a cascade or of its verification.
func memberName(member int) string { return fmt.Sprintf("member-%d", member+1) }
