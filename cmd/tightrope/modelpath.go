package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"tightrope/pkg/model"
)

// openModel reads a network's file.
func openModel(path string) (*model.File, error) {
	if err := checkModelPath(path); err != nil {
		return nil, err
	}
	if isTorch(path) {
		return nil, fmt.Errorf("%s is a file of torch.save: make a model file of it by tightrope net import %s "+
			"--arch \"...\"", path, path)
	}
	return model.Open(path)
}

// checkModelPath says what to give where a path is no file, as of a network.
func checkModelPath(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no model file at %s: give a .safetensors file, e.g. model.safetensors of a run's folder",
			path)
	case err != nil || !info.IsDir():
		return nil // reading it tells more
	}
	inside := filepath.Join(path, "model.safetensors")
	if _, err := os.Stat(inside); err == nil {
		return fmt.Errorf("%s is a folder: give the model file in it, %s", path, inside)
	}
	return fmt.Errorf("%s is a folder without a model.safetensors: give a model file", path)
}
