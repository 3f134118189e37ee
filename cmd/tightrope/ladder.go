package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/net"
	"tightrope/pkg/plot"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify"
)

// rungFlags are shared by ladder and radius.
type rungFlags struct {
	evalFlags
	image      int
	techniques []string
	perProgram time.Duration
	workers    int
	out        string
}

func (f *rungFlags) addRungs(cmd *cobra.Command) {
	f.add(cmd)
	s := cmd.Flags()
	addCount(s, &f.image, "image", -1, -1, "number of one test image, from 0; -1: the first --samples images")
	s.StringSliceVar(&f.techniques, "techniques", nil,
		strings.Join(technique.Keys(technique.ForLadder), ", ")+"; empty: all but "+
			strings.Join(technique.Keys(technique.OnRequest), ", "))
	addTime(s, &f.perProgram, "per-program", time.Minute,
		"longest time for one program of a margin; with --signs, for one image")
	addCount(s, &f.workers, "workers", 0, 0, "number of images processed at the same time; 0: one for each "+
		"processor")
}

// ladder reads the flags.
func (f *rungFlags) ladder(shared measure.Options) (verify.LadderOptions, error) {
	o := verify.LadderOptions{Ball: shared.Ball, PerProgram: f.perProgram, Workers: f.workers}
	for _, name := range f.techniques {
		r, err := verify.ParseRung(name)
		if err != nil {
			return o, err
		}
		o.Rungs = append(o.Rungs, r)
	}
	var err error
	o.Attack, err = f.pgd.options()
	return o, err
}

// openOne opens the network and the images that are asked for.
func (f *rungFlags) openOne(cmd *cobra.Command, path string) (*net.Network, *data.Set, verify.LadderOptions, error) {
	if f.image >= 0 && f.samples > 0 {
		return nil, nil, verify.LadderOptions{}, fmt.Errorf("--image and --samples exclude each other: one image, " +
			"or the first of the set")
	}
	network, set, shared, err := f.open(cmd, path)
	if err != nil {
		return nil, nil, verify.LadderOptions{}, err
	}
	o, err := f.ladder(shared)
	if err != nil {
		return nil, nil, o, err
	}
	if f.image >= 0 {
		if f.image >= set.Len() {
			return nil, nil, o, fmt.Errorf("--image %d: the test set of %s has images 0 to %d",
				f.image, f.data, set.Len()-1)
		}
		set = set.Subset([]int{f.image})
	}
	return network, set, o, nil
}

// what names the images.
func (f *rungFlags) what(set *data.Set) string {
	if f.image >= 0 {
		return fmt.Sprintf("image %d of %s", f.image, f.data)
	}
	return fmt.Sprintf("%d images of %s", set.Len(), f.data)
}

// folder is --out or a name for it.
func (f *rungFlags) folder(kind, path string) string {
	if f.out != "" {
		return f.out
	}
	name := fmt.Sprintf("%s-%s-%s-%s-eps%s",
		kind, strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), dataName(f.data), f.norm,
		cmp.Or(listed(f.channels), fmt.Sprintf("%g", f.eps)))
	if f.image >= 0 {
		name += fmt.Sprintf("-image%d", f.image)
	}
	return filepath.Join("runs", name)
}

type ladderFlags struct {
	rungFlags
	radii         []float64
	signs         bool
	class         int
	resume, force bool
}

func ladderCommand() *cobra.Command {
	f := &ladderFlags{rungFlags: rungFlags{evalFlags: evalFlags{technique: technique.FastLin.Row().Key}}}
	cmd := &cobra.Command{
		Use:   "ladder MODEL.safetensors",
		Short: "Compare the bounds of every technique, from IBP to the exact minimum",
		Long: "Bound the margins of an image (--image), or of the first images of the test set (--samples), by " +
			"IBP, CROWN-IBP, Fast-Lin on intervals, Fast-Lin, CROWN, alpha-CROWN, the triangle LP, the LP on " +
			"bounds tightened by LPs (LP-all) and the exact minimum from below, and by PGD from above. An image " +
			"counts as certified only if the checker confirmed a proof; what only the solver reports is unchecked. " +
			"The command writes a record and figures. Ctrl-C keeps the finished images; --resume continues.\n\n" +
			ofSmooth(technique.ForLadder),
		Args: exactly("a model file", "tightrope ladder runs/mlp-2x100-digits/model.safetensors --data digits"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.addRungs(cmd)
	s := cmd.Flags()
	addRadii(s, &f.radii, "radii", "several radii in pixel units instead of --eps, separated by commas; 0: the "+
		"image itself")
	s.BoolVar(&f.signs, "signs", false,
		"only report whether each technique certifies, and skip programs whose outcome is known (far faster on a "+
			"data set)")
	addCount(s, &f.class, "class", -1, -1,
		"with --image: draw the neurons for the margin over this class, from 0; -1: the class with Fast-Lin's "+
			"least margin")
	s.StringVar(&f.out, "out", "", "folder for the finished images, the record and the figures; empty: "+
		"runs/ladder- followed by the model's name, data set and radius")
	s.BoolVar(&f.resume, "resume", false, "continue the ladder in the folder")
	s.BoolVar(&f.force, "force", false, "replace the ladder in the folder")
	return cmd
}

// ladderRecipe is what a ladder may not change when it continues.
type ladderRecipe struct {
	Model      string    `json:"model"`
	Network    string    `json:"network"` // hash
	Data       string    `json:"data"`
	DataHash   string    `json:"dataHash"`
	Samples    int       `json:"samples"`
	Norm       string    `json:"norm"`
	Radii      []float64 `json:"radii"`
	Channels   []float64 `json:"channels,omitempty"` // radii of the channels, whose largest counts as the radius
	Box        bool      `json:"box"`
	Techniques string    `json:"techniques"`
	Signs      bool      `json:"signs"`
	PerProgram string    `json:"perProgram"`
	PGDSteps   int       `json:"pgdSteps"`
	StepSize   float64   `json:"pgdStepSize"`
	Attack     string    `json:"pgdLossAndRestarts,omitempty"` // where not the default
}

func (f *ladderFlags) recipe(path string, n *net.Network, set *data.Set) ladderRecipe {
	radii := f.radii
	if len(radii) == 0 {
		radii = []float64{f.eps}
	}
	return ladderRecipe{Model: filepath.Base(path), Network: n.Hash(), Data: f.data, DataHash: set.Hash(),
		Samples: set.Len(), Norm: f.norm, Radii: radii, Channels: f.channels, Box: !f.noBox,
		Techniques: strings.Join(f.techniques, ","), Signs: f.signs,
		PerProgram: f.perProgram.String(), PGDSteps: f.pgd.steps, StepSize: f.pgd.stepSize,
		Attack: f.pgd.identity()}
}

func (f *ladderFlags) run(cmd *cobra.Command, path string) error {
	network, set, o, err := f.openOne(cmd, path)
	if err != nil {
		return err
	}
	o.Radii, o.Signs = f.radii, f.signs
	for _, eps := range f.radii {
		warnRadius(cmd.ErrOrStderr(), ball.Ball{Norm: o.Ball.Norm, Eps: eps, Box: o.Ball.Box})
	}
	existing, err := existingOf(f.resume, f.force)
	if err = cmp.Or(err, f.checkClass(network, set), o.Check(network, set)); err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("backend")
	b, info, err := backend.Open(name)
	if err != nil {
		return err
	}
	o.Dir = f.folder("ladder", path)
	folder, err := verify.OpenFolder(o.Dir, existing)
	if err != nil {
		return err
	}
	defer folder.Close()
	recipe := f.recipe(path, network, set)
	if err := folder.SetRecipe(recipe); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "ladder of %s on %s: %v eps %s (pixel units%s), PGD on %s -> %s\n",
		path, f.what(set), o.Ball.Norm, listed(recipe.Radii), proportions(o.Ball), info, o.Dir)
	bar := &countBar{what: "images"}
	o.Progress = bar.progress
	r, all, err := verify.Ladder(cmd.Context(), b, network, set, o)
	bar.clear()
	if err != nil {
		return interrupted(err)
	}
	if err := f.complete(cmd, r, recipe, network, set, o, all); err != nil {
		return err
	}
	if err := folder.Finish(r); err != nil {
		return err
	}
	if err := writeLadder(cmd.OutOrStdout(), r, f.image >= 0); err != nil {
		return err
	}
	return f.draw(cmd, r, o.Dir)
}

// checkClass returns an error if --class names no other class of the image.
func (f *ladderFlags) checkClass(n *net.Network, set *data.Set) error {
	switch {
	case f.class < 0:
		return nil
	case f.image < 0:
		return fmt.Errorf("--class %d: it goes with --image, for the neurons of one image", f.class)
	case f.class >= n.Classes():
		return fmt.Errorf("--class %d: the network has classes 0 to %d", f.class, n.Classes()-1)
	case f.class == int(set.Y[0]):
		return fmt.Errorf("--class %d is the label of image %d: give another class", f.class, f.image)
	}
	return nil
}

// complete adds what the record lacks: names, and the neurons of a single image.
func (f *ladderFlags) complete(cmd *cobra.Command, r *record.Record, recipe any, network *net.Network, set *data.Set,
	o verify.LadderOptions, all []verify.ImageLadder) error {
	var err error
	if r.Recipe, err = json.Marshal(recipe); err != nil {
		return err
	}
	r.Name = fmt.Sprintf("ladder of %s, %s", recipe.(ladderRecipe).Model, f.what(set)) + proportions(o.Ball)
	r.Dataset.Name = f.data
	if f.image < 0 || !all[0].Clean || len(network.Smooths()) > 0 { // the programs of neurons are about relus
		return nil
	}
	b, x := o.Ball, make([]float64, set.Dim())
	b.Eps = all[0].Eps
	for k, v := range set.X {
		x[k] = float64(v)
	}
	r.Neurons, err = verify.Neurons(cmd.Context(), network, b, x, all[0].Label, f.class)
	return err
}

// draw writes the figures that the record allows.
func (f *ladderFlags) draw(cmd *cobra.Command, r *record.Record, dir string) error {
	var figures []*plot.Figure
	add := func(figure *plot.Figure, err error) {
		if err == nil { // else the record has nothing of the kind
			figures = append(figures, figure)
		}
	}
	switch {
	case f.image < 0:
		add(plot.LadderErrors(r))
	case len(f.radii) > 1:
		add(plot.Ladder(r))
	default:
		add(plot.Rungs(r, r.Errors[0].Eps))
	}
	add(plot.LadderNeurons(r))
	for _, figure := range figures {
		if err := writeFigure(cmd, dir, figure); err != nil {
			return err
		}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", filepath.Join(dir, "record.json"))
	return nil
}

func writeFigure(cmd *cobra.Command, dir string, figure *plot.Figure) error {
	png, err := plot.PNG(figure, 0)
	if err != nil {
		return err
	}
	base := filepath.Join(dir, figure.Name)
	if err := record.WriteAtomic(base+".png", png); err != nil {
		return err
	}
	if err := record.WriteAtomic(base+".svg", plot.SVG(figure)); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\nwrote %s.svg and .png\n", figure.Caption, base)
	return nil
}
