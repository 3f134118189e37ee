package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tightrope/pkg/backend"
	"tightrope/pkg/data"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/smooth"
)

// smoothDraws is the command's n: seconds for a hundred images on a processor. The paper's 100,000 take a hundred times
// as long.
const smoothDraws = 1000

type smoothFlags struct {
	evalFlags
	smooth  smooth.Options
	radii   []float64
	predict bool
	out     string
	beside  []string // records of trainings
	from    string   // a record of this command
}

func smoothCommand() *cobra.Command {
	f := &smoothFlags{}
	cmd := &cobra.Command{
		Use:   "smooth MODEL.safetensors --sigma S",
		Short: "Certify a network in l2 by randomized smoothing, with high confidence",
		Long: "Certify by randomized smoothing (Cohen et al. 2019): classify each image as the class that the " +
			"network gives most often under Gaussian noise, and certify the l2 radius within which this class " +
			"cannot change. The certificates are about the smoothed classifier and hold with confidence 1 - alpha " +
			"for each image; unlike those of tightrope verify, they are not proofs. Train with noise of the same " +
			"sigma, for example with tightrope train small/mnist-noise.",
		Args: exactly("a model file", "tightrope smooth runs/small-mnist-noise/model.safetensors --sigma 0.25"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.addSmooth(cmd)
	return cmd
}

// addSmooth declares the flags: of eval those of network and images.
func (f *smoothFlags) addSmooth(cmd *cobra.Command) {
	s, o := cmd.Flags(), &f.smooth
	s.StringVar(&f.data, "data", "mnist", dataUsage)
	f.model.add(cmd)
	addCount(s, &f.samples, "samples", 100, 0, "number of test samples, from the first; 0: all")
	s.Uint64Var(&f.seed, "seed", 0, "seed of the split into training and test samples (digits: the seed of the "+
		"network's training)")
	addRadius(s, &o.Sigma, "sigma", 0, "standard deviation of the noise in pixel units, more than 0; use that of "+
		"the training")
	addCount(s, &o.Select, "n0", 100, 1, "number of draws that choose the class of an image")
	addCount(s, &o.Draws, "n", smoothDraws, 1, "number of draws that bound the probability of that class (paper: "+
		"100000)")
	o.Alpha = 0.001
	addWeight(s, &o.Alpha, "alpha", "probability that the certificate of an image is wrong, more than 0 and less "+
		"than 1")
	s.Uint64Var(&o.Seed, "noise-seed", 0, "seed of the noise, from 0")
	addCount(s, &o.Batch, "batch", 500, 1, "number of draws per call")
	addRadii(s, &f.radii, "radii", "l2 radii in pixel units at which the certified accuracy is reported; 0: the "+
		"images themselves; empty: 17 radii up to the largest that n draws can certify")
	s.BoolVar(&f.predict, "predict", false, "also predict the smoothed class, with n further draws")
	s.StringVar(&f.out, "out", "", "file to write the record to; empty: write none")
	s.StringSliceVar(&f.beside, "beside", nil, "records of l2 trainings whose certified accuracy is reported for "+
		"comparison, separated by commas")
	s.StringVar(&f.from, "from", "", "record of this command whose certificates are used again, to add --beside to "+
		"it; empty: draw")
}

func (f *smoothFlags) run(cmd *cobra.Command, path string) (err error) {
	if err := canKeep(f.out); err != nil {
		return err
	}
	var r *record.Record
	if f.from != "" {
		if r, err = record.Read(f.from); err == nil && !r.IsSmoothing() {
			err = fmt.Errorf("--from %s: no record of tightrope smooth: give one, or draw again", f.from)
		}
		if err == nil {
			r.Remeasured = time.Now().UTC().Truncate(time.Second) // figures take the latest record of a run
		}
	} else {
		r, err = f.draw(cmd, path)
	}
	if err != nil {
		return err
	}
	for _, name := range f.beside {
		training, err := record.Read(name)
		if err == nil {
			err = r.Compare(training)
		}
		if err != nil {
			return fmt.Errorf("--beside %s: %w", name, err)
		}
	}
	if err := writeSmoothing(cmd.OutOrStdout(), r.Smoothing); err != nil || f.out == "" {
		return err
	}
	if err := r.Write(f.out); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", f.out)
	return nil
}

// draw certifies the images.
func (f *smoothFlags) draw(cmd *cobra.Command, path string) (*record.Record, error) {
	if f.smooth.Alpha == 0 {
		return nil, fmt.Errorf("--alpha 0: no number of draws is certain: use a small probability, such as 0.001")
	}
	if err := f.smooth.Validate(); err != nil {
		return nil, err
	}
	file, err := openModel(path)
	if err != nil {
		return nil, err
	}
	network, set, err := f.openSmooth(cmd, file)
	if err != nil {
		return nil, err
	}
	name, _ := cmd.Flags().GetString("backend")
	b, info, err := backend.Open(name)
	if err != nil {
		return nil, err
	}
	bar := &countBar{what: "images"}
	o := smooth.EvaluateOptions{Options: f.smooth, Radii: f.radii, Predict: f.predict, Progress: bar.progress}
	r, err := smooth.Evaluate(cmd.Context(), b, network, set, o)
	bar.clear()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s smoothed, on %s: %s; backend %s\n", path, f.data, r.Smoothing.Words(), info)
	r.Name, r.Dataset.Name = "smoothing of "+filepath.Base(path), f.data
	r.Recipe, err = json.Marshal(map[string]any{"model": filepath.Base(path), "backend": info.Name})
	return r, err
}

// openSmooth settles data and split, and reads the network and the images.
func (f *smoothFlags) openSmooth(cmd *cobra.Command, file *model.File) (*net.Network, *data.Set, error) {
	if err := f.settleData(cmd, file); err != nil {
		return nil, nil, err
	}
	splits, err := loadSplits(cmd, f.data, f.seed, file.Origin)
	if err != nil {
		return nil, nil, err
	}
	set := firstSamples(cmd.ErrOrStderr(), splits.Test, f.samples)
	network, err := f.model.network(cmd.ErrOrStderr(), file, set)
	return network, set, err
}

// settleData is [evalFlags.settle] for a command without a ball.
func (f *smoothFlags) settleData(cmd *cobra.Command, file *model.File) error {
	o := file.Origin
	given := map[string]bool{"data": cmd.Flags().Changed("data"), "seed": cmd.Flags().Changed("seed")}
	first, err := setting{"data", o.Data}.take(cmd)
	if err != nil {
		return err
	}
	said := []string{first}
	if data.DrawsTest(f.data) {
		seed := setting{flag: "seed"}
		if o.Seed != nil && (o.Data == "" || data.Same(o.Data, f.data)) {
			seed.file = fmt.Sprint(*o.Seed)
		}
		text, err := seed.take(cmd)
		if err != nil {
			return err
		}
		said = append(said, text)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "settings: %s\n", strings.Join(said, ", "))
	for _, text := range f.doubts(file, given) {
		fmt.Fprintf(cmd.ErrOrStderr(), "WARNING: %s\n", text)
	}
	return nil
}

// writeSmoothing prints the certified accuracy over the radius, and what it is worth.
func writeSmoothing(w io.Writer, s *record.Smoothing) error {
	header := []string{"l2 radius (pixel units)", "certified accuracy %, " + s.Confidence()}
	for _, b := range s.Beside {
		header = append(header, fmt.Sprintf("%% by %s of %s training", b.Technique, b.Method))
	}
	var rows [][]string
	for _, p := range s.Curve {
		row := []string{fmt.Sprintf("%.4f", p.Radius), record.Percent(p.Accuracy)}
		for _, b := range s.Beside {
			if at := b.At(p.Radius); math.IsNaN(at) {
				row = append(row, "-")
			} else {
				row = append(row, record.Percent(at))
			}
		}
		rows = append(rows, row)
	}
	if err := record.WriteTable(w, record.Plain, header, rows); err != nil {
		return err
	}
	o := smooth.Options{Sigma: s.Sigma, Draws: s.Draws, Alpha: s.Alpha}
	fmt.Fprintf(w, "abstained: %s %%; this number of draws certifies at most the radius %.4f, %s\n",
		record.Percent(s.Abstained()), o.Largest(), s.Confidence())
	writePredictions(w, s)
	return nil
}

// writePredictions tells how many images were predicted as their label, where that was asked.
func writePredictions(w io.Writer, s *record.Smoothing) {
	predicted, right, abstained := 0, 0, 0
	for _, i := range s.Images {
		if i.Predicted == nil {
			continue
		}
		predicted++
		if *i.Predicted < 0 {
			abstained++
		} else if *i.Predicted == i.Label {
			right++
		}
	}
	if predicted > 0 {
		fmt.Fprintf(w, "predicted: %d of %d images right, %d abstained, %s\n", right, predicted, abstained,
			s.Confidence())
	}
}
