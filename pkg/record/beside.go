package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Path is the record's file: path itself, or the record.json of a run's folder.
func Path(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, recordFile)
	}
	return path
}

// ModelBeside is the file of the model that a training's record is of: model.safetensors in a run's folder, else
// NAME.safetensors beside NAME.json.
func ModelBeside(path string) string {
	if filepath.Base(path) == recordFile {
		return filepath.Join(filepath.Dir(path), modelFile)
	}
	return strings.TrimSuffix(path, filepath.Ext(path)) + ".safetensors"
}

// Beside is the record of a model's training: NAME.json beside NAME.safetensors, else the record.json of its folder. It
// returns an error if there is neither.
func Beside(model string) (string, error) {
	own := strings.TrimSuffix(model, filepath.Ext(model)) + ".json"
	for _, path := range []string{own, filepath.Join(filepath.Dir(model), recordFile)} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("there is no record of a training beside %s: name it with --record", model)
}
