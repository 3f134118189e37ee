package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tightrope/pkg/backend"
	"tightrope/pkg/plot"
	"tightrope/pkg/record"
	"tightrope/pkg/study"
	"tightrope/pkg/technique"
)

type explainFlags struct {
	evalFlags
	image, frames int
	out           string
}

func explainCommand() *cobra.Command {
	f := &explainFlags{evalFlags: evalFlags{technique: technique.FastLin.Row().Key}}
	cmd := &cobra.Command{
		Use:   "explain MODEL.safetensors",
		Short: "Draw the bounds, the attack and the relaxed optimum of one image",
		Long: "Draw, for every wrong class, the interval that contains the smallest margin over the ball, from " +
			"Fast-Lin's lower bound to the best attack, together with the image, the attacked image and the " +
			"optimum x* of the relaxed problem. With --out FILE.gif, draw an animation in which the radius grows " +
			"to --eps.\n\n" +
			fromFile,
		Args: exactly("a model file", "tightrope explain runs/mlp-2x100-digits/model.safetensors --image 7"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.add(cmd)
	for _, unused := range []string{"samples", "memory", "pgd-steps", "pgd-step-size", "pgd-restarts", "pgd-loss",
		"pgd-samples"} {
		if flag := cmd.Flags().Lookup(unused); flag != nil {
			flag.Hidden = true
		}
	}
	s := cmd.Flags()
	addCount(s, &f.image, "image", 0, 0, "number of the test image, from 0")
	addCount(s, &f.frames, "frames", 20, 1, "number of pictures in an animation")
	s.StringVar(&f.out, "out", "explain.svg", "file to write: .svg, .png or .gif")
	return cmd
}

func (f *explainFlags) run(cmd *cobra.Command, path string) error {
	draw, ok := map[string]func([]plot.Certificate) ([]byte, error){".svg": explainSVG, ".png": explainPNG,
		".gif": explainGIF}[strings.ToLower(filepath.Ext(f.out))]
	if !ok {
		return fmt.Errorf("--out %s: name a file that ends in .svg, .png or .gif", f.out)
	}
	certificates, err := f.certificates(cmd, path)
	if err != nil {
		return err
	}
	content, err := draw(certificates)
	if err != nil {
		return err
	}
	if err := record.WriteAtomic(f.out, content); err != nil {
		return err
	}
	return f.report(cmd.OutOrStdout(), certificates[len(certificates)-1])
}

// certificates looks at the image at every radius that is drawn: only the last of an image, all of an animation.
func (f *explainFlags) certificates(cmd *cobra.Command, path string) (all []plot.Certificate, err error) {
	if len(f.channels) > 0 {
		return nil, errors.New("--eps: explain draws one radius for all channels; ladder and verify take several")
	}
	network, set, o, err := f.open(cmd, path)
	if err != nil {
		return nil, err
	}
	name, _ := cmd.Flags().GetString("backend")
	b, _, err := backend.Open(name)
	if err != nil {
		return nil, err
	}
	e, err := study.NewExplorer(b, network, set, o.Ball)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	frames := 1
	if strings.EqualFold(filepath.Ext(f.out), ".gif") {
		frames = f.frames
	}
	for i := range frames {
		if err := cmd.Context().Err(); err != nil {
			return nil, err
		}
		c, err := e.Certificate(f.image, o.Ball.Eps*float64(i+1)/float64(frames))
		if err != nil {
			return nil, fmt.Errorf("--image: %w", err)
		}
		all = append(all, c)
	}
	return all, nil
}

func explainSVG(c []plot.Certificate) ([]byte, error) {
	figure, err := plot.Explain(c[0])
	if err != nil {
		return nil, err
	}
	return plot.SVG(figure), nil
}

func explainPNG(c []plot.Certificate) ([]byte, error) {
	figure, err := plot.Explain(c[0])
	if err != nil {
		return nil, err
	}
	return plot.PNG(figure, 0)
}

// explainGIF draws all radii on one axis.
func explainGIF(c []plot.Certificate) ([]byte, error) {
	var figures []*plot.Figure
	span := c[len(c)-1].Span
	for _, one := range c {
		for t := range one.Bounds {
			if t != one.Label {
				span = [2]float64{min(span[0], one.Bounds[t]), max(span[1], one.Attacks[t])}
			}
		}
	}
	for _, one := range c {
		one.Span = span
		figure, err := plot.Explain(one)
		if err != nil {
			return nil, err
		}
		figures = append(figures, figure)
	}
	return plot.Animation(figures, 0, 300*time.Millisecond)
}

// report says in words what the picture shows at the largest radius.
func (f *explainFlags) report(w io.Writer, c plot.Certificate) error {
	figure, err := plot.Explain(c)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "image %d of %s: %s (float32 arithmetic: a measurement; tightrope verify proves)\n"+
		"wrote %s\n", f.image, f.data, figure.Caption, f.out)
	return err
}
