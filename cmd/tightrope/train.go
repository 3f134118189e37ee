package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/ball"
	"tightrope/pkg/memory"
	"tightrope/pkg/modelcascade"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

func trainCommand() *cobra.Command {
	f := &recipeFlags{}
	var out, allowed string
	var resume, force bool
	var members int
	cmd := &cobra.Command{
		Use:   "train RECIPE",
		Short: "Train and evaluate a network by a recipe",
		Long: "Train and evaluate a network by a recipe. RECIPE is a name that tightrope recipes lists, or the " +
			"record.json of a run, which is then repeated. Ctrl-C saves a checkpoint; --resume continues from it, " +
			"bit for bit.\n\nWith --cascade, train a cascade of models, each on the samples that the earlier ones " +
			"do not certify.",
		Args: exactly("a recipe (tightrope recipes lists them)", "tightrope train mlp-2x100/digits"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := f.recipe(cmd, args[0])
			if err != nil {
				return err
			}
			existing := record.Refuse
			switch {
			case resume && force:
				return fmt.Errorf("--resume and --force exclude each other: --resume continues the run, --force " +
					"replaces it")
			case resume:
				existing = record.Resume
			case force:
				existing = record.Replace
			}
			if out == "" {
				out = filepath.Join("runs", r.RunName())
				if members != 0 {
					out += fmt.Sprintf("-cascade%d", members)
				}
			}
			budget, err := memory.Parse(allowed)
			if err != nil {
				return err
			}
			warnRadius(cmd.ErrOrStderr(), ball.Ball{Norm: r.Train.Norm, Eps: r.Train.Eps, Box: r.Train.Box})
			if members != 0 {
				return trainCascade(cmd, modelcascade.Recipe{Members: members, Each: r}, out, existing, budget,
					f.devices)
			}
			return runRecipe(cmd, r, out, existing, budget, f.devices)
		},
	}
	f.add(cmd)
	f.addOne(cmd)
	addMemory(cmd, &allowed)
	cmd.Flags().BoolVar(&f.regularized, "regularized", false, "use the recipe's own weights lambda and gamma "+
		"(tightrope recipes)")
	addCount(cmd.Flags(), &members, "cascade", 0, 0, "number of models of a cascade, each trained on what the "+
		"earlier ones do not certify (Wong et al. 2018), at least 2; 0: one model, no cascade")
	cmd.Flags().StringVar(&out, "out", "", "run folder; empty: runs/ followed by recipe, weights and seed")
	cmd.Flags().BoolVar(&resume, "resume", false, "continue the run in the folder")
	cmd.Flags().BoolVar(&force, "force", false, "replace the run in the folder")
	return cmd
}

func runRecipe(cmd *cobra.Command, r recipe.Recipe, out string, existing record.Existing, memory int64,
	devices int) error {
	bar, stages := &trainingBar{}, &stageBar{}
	o := shownOptions(cmd, bar, stages)
	say := o.Log
	o.Out, o.Existing, o.Memory, o.Devices = out, existing, memory, devices
	o.OnOpen = func() {
		say(fmt.Sprintf("training %s (%s scale) on %s: %s, eps %g (%v, pixel units), %d epochs, lambda %g, gamma %g, "+
			"seed %d -> %s",
			r.Name, r.Scale, r.Data, r.Arch, r.Train.Eps, r.Train.Norm, r.Train.Epochs, r.Train.Lambda,
			r.Train.Gamma, r.Train.Seed, out))
	}
	result, err := recipe.Run(cmd.Context(), r, o)
	bar.clear()
	stages.clear()
	if err != nil {
		return resumable(err)
	}
	if err := record.Table(cmd.OutOrStdout(), record.Plain, result); err != nil {
		return err
	}
	say("wrote " + filepath.Join(out, "record.json") + " and model.safetensors beside it")
	return nil
}

// resumable says how to continue after an interruption.
func resumable(err error) error {
	if errors.Is(err, train.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: run the same command with --resume to continue", err)
	}
	return err
}

// shownOptions are the options of a training that tells its user how far it is.
func shownOptions(cmd *cobra.Command, bar *trainingBar, stages *stageBar) recipe.Options {
	backendName, _ := cmd.Flags().GetString("backend")
	dataDir, _ := cmd.Flags().GetString("data-dir")
	say := func(line string) {
		bar.clear()
		fmt.Fprintln(cmd.OutOrStdout(), line)
	}
	return recipe.Options{
		Backend: backendName, DataDir: dataDir,
		OnStep: bar.step,
		OnEpoch: func(e train.Epoch) {
			say(fmt.Sprintf("epoch %d: eps %.4g loss %.4f robust CE %.4f %s uncertified %.2f %% unstable %.1f (%.1f s)",
				e.Epoch, e.Eps, e.Loss, e.Robust, tightness(e.D, e.R, 4), 100*e.Unproven, e.Unstable, e.Seconds))
		},
		Progress: stages.progress,
		Log:      say,
	}
}

// recipeFlags override the fields of a recipe.
type recipeFlags struct {
	scale string
	r     recipe.Recipe // holds the flags' values
	norm  string
	noBox bool

	method      string
	domain      string
	regularized bool
	devices     int // no part of the recipe
}

// addOne declares the flags that tell runs of one recipe apart.
func (f *recipeFlags) addOne(cmd *cobra.Command) {
	t := &f.r.Train
	cmd.Flags().Uint64Var(&t.Seed, "seed", 0, "seed of the initial weights, the split and the order of samples")
	addWeight(cmd.Flags(), &t.Lambda, "lambda", "weight of the indicator d; 0: without it")
	addWeight(cmd.Flags(), &t.Gamma, "gamma", "weight of the indicator r; 0: without it")
}

// add declares one flag for every other field.
func (f *recipeFlags) add(cmd *cobra.Command) {
	s := cmd.Flags()
	addDevices(cmd, &f.devices)
	s.StringVar(&f.scale, "scale", "quick", "length of the experiment: quick or paper")
	s.StringVar(&f.r.Data, "data", "", "data set, or the path of your own data")
	s.StringVar(&f.r.Arch, "arch", "", "architecture: a name (mlp-2x100) or text (fc100 fc100 fc10, or with "+
		"activations of your own: fc100 tanh fc10; "+activations()+")")
	addCount(s, &f.r.TrainSamples, "train-samples", 0, 0, "number of training samples, from the first; 0: all")
	addCount(s, &f.r.Validation, "validation", 0, -1, "number of training samples held out for validation; 0: the "+
		"data set's default; -1: none")
	t := &f.r.Train
	s.StringVar(&f.method, "method", "", "loss: "+strings.Join(train.MethodNames(),
		", ")+" (recipes whose names end in a method contain its settings)")
	s.StringVar(&f.domain, "domain", "", "abstract domain of diffai: "+strings.Join(train.DomainNames(), ", "))
	addCount(s, &t.Epochs, "epochs", 0, 1, "number of epochs, at least 1; schedules that are not given are scaled "+
		"to it")
	addCount(s, &t.Batch, "batch", 0, 1, "number of samples per step, at least 1")
	s.StringVar(&f.norm, "norm", "", "norm of the ball: linf, l2 or l1")
	addRadius(s, &t.Eps, "eps", 0, "target radius in pixel units; 0: the images themselves")
	addRadius(s, &t.EpsStart, "eps-start", 0, "radius of the first epoch in pixel units; 0: the images themselves")
	s.BoolVar(&f.noBox, "no-box", false, "do not clip the ball to valid pixels [0,1]")
	addCount(s, &t.Ramp, "ramp", 0, 0, "number of epochs over which eps, lambda and gamma grow; 0: none")
	addCount(s, &t.Warmup, "warmup", 0, 0, "number of epochs of natural training before the ramp; 0: none")
	addCount(s, &t.Projections, "projections", 0, 0, "number of random projections that estimate the bounds of "+
		"wide layers (cp); 0: exact bounds")
	s.BoolVar(&t.Fade, "fade-weights", false, "decrease lambda and gamma with the learning rate after the ramp")
	s.BoolVar(&t.Tight.DetachBounds, "detach-bounds", false, "do not pass the gradient of r through the bounds l "+
		"and u")
	addWeight(s, &t.RS, "rs", "weight of the RS loss; 0: without it")
	addWeight(s, &t.CrossLipschitz, "cross-lipschitz", "weight of the squared differences of the logits' gradients at "+
		"the images (Hein and Andriushchenko 2017); 0: without it")
	addRadius(s, &t.Sigma, "sigma", 0, "standard deviation, in pixel units, of the Gaussian noise of --method "+
		"noise (for tightrope smooth); 0: none, which --method noise refuses")
	addWeight(s, &t.LearningRate, "lr", "learning rate of Adam; 0: 0.001")
	addCount(s, &t.Decay.Every, "decay-every", 0, 0,
		"number of epochs between decays of the learning rate after the ramp; 0: no decay")
	addWeight(s, &t.Decay.Factor, "decay-factor", "factor of each decay of the learning rate; 0: 0.5")
	e := &f.r.Eval
	addRadius(s, &e.Eps, "eval-eps", 0, "radius of the evaluation in pixel units; 0: the target radius")
	addCount(s, &e.ValidateEvery, "validate-every", 0, 0, "number of epochs between measurements on the validation "+
		"split; 0: only the last epoch is measured")
	addCount(s, &e.TestSamples, "test-samples", 0, 0, "number of test samples to evaluate, from the first; 0: all")
	addCount(s, &e.PGDSteps, "pgd-steps", 0, 0, "number of steps of the PGD attack; 0: no attack")
	addRadius(s, &e.PGDStepSize, "pgd-step-size", 0, "length of a step in the ball's norm, in pixel units; 0: 2.5 "+
		"eps / steps")
	addLoss(s, &e.PGDLoss, &e.PGDRestarts)
	addCount(s, &e.PGDSamples, "pgd-samples", 0, 0, "number of test samples to attack, from the first; 0: all")
	addRadii(s, &e.Curve, "curve", "radii, in pixel units, of the curve of errors over eps; 0: the images "+
		"themselves")
	addCount(s, &e.CurveSample, "curve-samples", 0, 0, "number of test samples of the curve, from the first; 0: all")
}

// recipe is the named recipe with the flags that were given.
func (f *recipeFlags) recipe(cmd *cobra.Command, name string) (recipe.Recipe, error) {
	r, err := f.base(name)
	if err != nil {
		return r, err
	}
	if f.regularized {
		r.Train.Lambda, r.Train.Gamma = r.Plan.Lambda, r.Plan.Gamma
	}
	if cmd.Flags().Changed("epochs") {
		r.Train = r.Train.Compress(f.r.Train.Epochs)
	}
	for flag, set := range f.setters(&r) {
		if cmd.Flags().Changed(flag) {
			set()
			if flag != "seed" && flag != "lambda" && flag != "gamma" {
				r.Scale = "custom"
			}
		}
	}
	if f.norm != "" {
		if r.Train.Norm, err = ball.ParseNorm(f.norm); err != nil {
			return r, err
		}
	}
	if f.method != "" {
		if r.Train.Method, err = train.ParseMethod(f.method); err != nil {
			return r, err
		}
	}
	if f.domain != "" {
		if r.Train.Domain, err = train.ParseDomain(f.domain); err != nil {
			return r, err
		}
	}
	return r, r.Validate()
}

// base is a recipe by name, or that of a record.
func (f *recipeFlags) base(name string) (recipe.Recipe, error) {
	if strings.HasSuffix(name, ".json") {
		r, err := record.Read(name)
		if err != nil {
			return recipe.Recipe{}, err
		}
		return recipe.FromRecord(r)
	}
	scale, err := recipe.ParseScale(f.scale)
	if err != nil {
		return recipe.Recipe{}, err
	}
	return recipe.Get(name, scale)
}

// setters copies a flag's value into a recipe.
func (f *recipeFlags) setters(r *recipe.Recipe) map[string]func() {
	from, to := &f.r, r
	return map[string]func(){
		"data": func() { to.Data = from.Data }, "arch": func() { to.Arch = from.Arch },
		"train-samples": func() { to.TrainSamples = from.TrainSamples },
		"validation":    func() { to.Validation = from.Validation },
		"seed":          func() { to.Train.Seed = from.Train.Seed },
		"epochs":        func() { to.Train.Epochs = from.Train.Epochs },
		"batch":         func() { to.Train.Batch = from.Train.Batch }, "norm": func() {}, "method": func() {},
		"domain":          func() {},
		"warmup":          func() { to.Train.Warmup = from.Train.Warmup },
		"projections":     func() { to.Train.Projections = from.Train.Projections },
		"rs":              func() { to.Train.RS = from.Train.RS },
		"cross-lipschitz": func() { to.Train.CrossLipschitz = from.Train.CrossLipschitz },
		"sigma":           func() { to.Train.Sigma = from.Train.Sigma },
		"eps":             func() { to.Train.Eps = from.Train.Eps },
		"eps-start":       func() { to.Train.EpsStart = from.Train.EpsStart },
		"no-box":          func() { to.Train.Box = nil }, "ramp": func() { to.Train.Ramp = from.Train.Ramp },
		"lr":             func() { to.Train.LearningRate = from.Train.LearningRate },
		"decay-every":    func() { to.Train.Decay.Every = from.Train.Decay.Every },
		"decay-factor":   func() { to.Train.Decay.Factor = from.Train.Decay.Factor },
		"eval-eps":       func() { to.Eval.Eps = from.Eval.Eps },
		"fade-weights":   func() { to.Train.Fade = from.Train.Fade },
		"detach-bounds":  func() { to.Train.Tight.DetachBounds = from.Train.Tight.DetachBounds },
		"validate-every": func() { to.Eval.ValidateEvery = from.Eval.ValidateEvery },
		"lambda":         func() { to.Train.Lambda = from.Train.Lambda },
		"gamma":          func() { to.Train.Gamma = from.Train.Gamma },
		"test-samples":   func() { to.Eval.TestSamples = from.Eval.TestSamples },
		"pgd-steps":      func() { to.Eval.PGDSteps = from.Eval.PGDSteps },
		"pgd-step-size":  func() { to.Eval.PGDStepSize = from.Eval.PGDStepSize },
		"pgd-samples":    func() { to.Eval.PGDSamples = from.Eval.PGDSamples },
		"pgd-loss":       func() { to.Eval.PGDLoss = from.Eval.PGDLoss },
		"pgd-restarts":   func() { to.Eval.PGDRestarts = restartsOf(from.Eval.PGDRestarts) },
		"curve":          func() { to.Eval.Curve = from.Eval.Curve },
		"curve-samples":  func() { to.Eval.CurveSample = from.Eval.CurveSample },
	}
}
