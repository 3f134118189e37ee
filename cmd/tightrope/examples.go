package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// Networks of the repository: one from Salman et al. (2019), which needs MNIST, and one for the embedded digits.
const (
	published = "pkg/verify/testdata/models/lpd_mlp_b_0.1.safetensors"
	embedded  = "figures/results/digits/mlp-2x100-digits-quick-lambda0-gamma3-seed0.safetensors"
)

// examples are what --help and the command reference show: what a line does, and the line, by command. Pasted in the
// folder of the repository, they run in this order: train, then those about runs/tight; verify, then check.
var examples = map[string][][2]string{
	"attack": {{"attack a trained network again with 100 steps, and write the errors into its record",
		"tightrope attack runs/tight/record.json --pgd-steps 100"}},
	"check": {{"check every certificate of a verification, and that its folder is consistent",
		"tightrope check runs/proofs --model " + embedded + " --data digits"},
		{"check the proof of a property", "tightrope check net.onnx property.vnnlib proof.json.gz"}},
	"compare": {{"compare all finished runs of a network on the digits",
		"tightrope compare 'runs/mlp-2x100-digits-*'"}},
	"data fetch": {{"fetch MNIST from the first mirror that answers", "tightrope data fetch mnist"},
		{"use files that are already on this machine", "tightrope data fetch mnist --from downloads"}},
	"data list": {{"list the data sets, and which of them are here", "tightrope data list"}},
	"doctor":    {{"see what works here, and the remedy for what does not", "tightrope doctor"}},
	"eval": {{"a network that tightrope trained: data, norm and radius are in its file",
		"tightrope eval " + embedded + " --pgd-steps 100"},
		{"a published network, by the bounds of alpha-CROWN on 100 images",
			"tightrope eval " + published + " --technique alpha-crown --samples 100"},
		{"your own images", "tightrope eval model.safetensors --data my-images"}},
	"explain": {{"draw one image as a picture, explain.svg", "tightrope explain " + embedded + " --image 7"},
		{"draw an animation over the radius",
			"tightrope explain " + embedded + " --image 7 --eps 0.2 --out image7.gif"}},
	"figures": {{"redraw figures/ from the records", "tightrope figures"}},
	"ladder": {{"bound the margins of one image by every technique",
		"tightrope ladder " + embedded + " --image 7"},
		{"count how many of 200 images each technique certifies",
			"tightrope ladder " + published + " --samples 200 --signs"}},
	"net export": {{"write an ONNX file for other programs",
		"tightrope net export " + embedded + " --out digits.onnx"}},
	"net import": {{"import weights that PyTorch saved",
		`tightrope net import model.pth --arch "conv(16,4,2,1) fc100 fc10"`}},
	"net list": {{"list the named architectures", "tightrope net list"}},
	"net show": {{"a named architecture, and what each of its bounds costs", "tightrope net show small"},
		{"an architecture as text", `tightrope net show "conv(16,4,2,1) relu fc100 relu fc10"`},
		{"a model file, and what it says about its training", "tightrope net show " + embedded}},
	"net stamp": {{"add to an older file what the record beside it says",
		"tightrope net stamp runs/tight/model.safetensors"}},
	"play": {{"open the playground", "tightrope play"}},
	"prove": {{"decide a property, and keep the proof",
		"tightrope prove net.onnx property.vnnlib --proof proof.json.gz"}},
	"radius": {{"find how far each technique certifies one image",
		"tightrope radius " + embedded + " --image 7"}},
	"recipes": {{"list all recipes, families on one line", "tightrope recipes"},
		{"list the recipes for MNIST", "tightrope recipes mnist"},
		{"list a family member by member", "tightrope recipes 'mnist-small-family/*'"}},
	"selftest": {{"check whether this machine's bounds can be trusted (two minutes)",
		"tightrope selftest --quick"}},
	"smooth": {{"l2 radii of the smoothed network, with confidence 1 - alpha for each image",
		"tightrope smooth runs/noise/model.safetensors --sigma 0.25 --samples 100"}},
	"sweep": {{"four weights and five seeds, in one table with paired differences",
		"tightrope sweep mlp-2x100/digits --gamma 0,1,3,10 --seeds 0-4"},
		{"a recipe with and without regularizers, in two processes",
			"tightrope sweep mlp-2x100/digits --pair --seeds 0-4 --workers 2"}},
	"train": {{"half a minute on 2 cores, with nothing to download",
		"tightrope train mlp-2x100/digits --gamma 3 --out runs/tight"},
		{"the paper's number of epochs on MNIST (about an hour on 2 cores)",
			"tightrope train mlp-2x100/mnist --scale paper --gamma 2"}},
	"verify": {{"decide every test digit, with certificates",
		"tightrope verify " + embedded + " --out runs/proofs"},
		{"decide the first 100 images of MNIST at another radius",
			"tightrope verify " + published + " --samples 100 --eps 8/255"}},
	"vnncomp": {{"run a family of the competition, and compare with its known answers",
		"tightrope vnncomp acasxu --answers --out runs/vnncomp"}},
}

// addExamples gives every command below cmd its examples.
func addExamples(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		addExamples(c)
		var lines []string
		for _, e := range examples[named(c)] {
			lines = append(lines, "  # "+e[0], "  "+e[1])
		}
		if c.Example == "" {
			c.Example = strings.Join(lines, "\n")
		}
	}
}
