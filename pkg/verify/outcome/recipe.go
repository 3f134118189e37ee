package outcome

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/strictjson"
	"tightrope/pkg/record"
)

// Recipe says what a verification is of: its folder's recipe.json. None of it may change when the verification
// continues.
type Recipe struct {
	Model    string    `json:"model"`   // file name
	Network  string    `json:"network"` // hash
	Data     string    `json:"data"`
	DataHash string    `json:"dataHash"` // of the samples that are verified
	Samples  int       `json:"samples"`
	Norm     string    `json:"norm"`
	Eps      float64   `json:"eps"`             // pixel units
	Radii    []float64 `json:"radii,omitempty"` // scale eps per input feature, for l_inf; none: 1 everywhere
	Box      bool      `json:"box"`             // whether the ball is cut by the box [0,1] of valid pixels
	Until    string    `json:"until"`
	Skip     string    `json:"skip"`
	PerImage string    `json:"perImage"`
	PGDSteps int       `json:"pgdSteps"`
	StepSize float64   `json:"pgdStepSize"`
	Attack   string    `json:"pgdLossAndRestarts,omitempty"` // where not the default
	Seed     uint64    `json:"seed,omitempty"`               // of the data's split
	Arch     string    `json:"arch,omitempty"`               // of a model file that names none
	Input    []int     `json:"input,omitempty"`              // shape of one input, with Arch
	Classes  int       `json:"classes,omitempty"`            // with Arch
	// names of the file's layers in the network's order, where given
	Layers []string `json:"layers,omitempty"`
}

// ReadRecipe reads the recipe of a verification's folder to the letter. It returns an error for a folder of another
// kind.
func ReadRecipe(dir string) (*Recipe, error) {
	content, err := record.RecipeText(dir)
	if err != nil {
		return nil, err
	}
	r := &Recipe{}
	if err := strictjson.Unmarshal(content, r); err != nil {
		return nil, fmt.Errorf("%s is not the recipe of a verification: %w", filepath.Join(dir, "recipe.json"), err)
	}
	return r, nil
}

// Ball is the set around each image.
func (r *Recipe) Ball() (ball.Ball, error) {
	b := ball.Ball{Eps: r.Eps, Radii: r.Radii}
	if r.Box {
		b.Box = ball.Unit
	}
	var err error
	if b.Norm, err = ball.ParseNorm(r.Norm); err != nil {
		return b, err
	}
	return b, b.Validate()
}

// Extends returns an error unless the recipe is an older one with more samples, or more time for an image, or both.
func (r *Recipe) Extends(old *Recipe) error {
	same := *r
	same.Samples, same.DataHash, same.PerImage = old.Samples, old.DataHash, old.PerImage
	if !reflect.DeepEqual(&same, old) {
		return errors.New("a verification can be extended by samples and by the time for an image, nothing else may " +
			"change: give the other flags as before, or choose another --out")
	}
	before, err := time.ParseDuration(old.PerImage)
	now, other := time.ParseDuration(r.PerImage)
	if err := errors.Join(err, other); err != nil {
		return err
	}
	if r.Samples < old.Samples || now < before {
		return fmt.Errorf("the folder holds %d samples with %s an image: give at least as many and as much, or choose "+
			"another --out", old.Samples, old.PerImage)
	}
	return nil
}
