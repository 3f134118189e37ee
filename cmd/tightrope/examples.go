package main

import (
	"strings"

	"github.com/spf13/cobra"
)

const published = "pkg/verify/testdata/models/lpd_mlp_b_0.1.safetensors"

// examples are what --help and the command reference show: what a line does, and the line, by command.
var examples = map[string][][2]string{
	"attack": {{"attack again with 100 steps, and keep the errors in the record",
		"tightrope attack runs/my-run/record.json --pgd-steps 100"}},
	"check": {{"every certificate of a verification, and that its folder holds together",
		"tightrope check runs/my-verification --model " + published},
		{"the proof of a property", "tightrope check net.onnx property.vnnlib proof.json.gz"}},
	"compare": {{"training methods on one network, data set and radius",
		"tightrope compare 'runs/mlp-2x100-digits-*'"}},
	"data fetch": {{"MNIST, from the first mirror that answers", "tightrope data fetch mnist"},
		{"from files that are already on this machine", "tightrope data fetch mnist --from downloads"}},
	"data list": {{"what is here", "tightrope data list"}},
	"doctor":    {{"what works here, and the remedy for what does not", "tightrope doctor"}},
	"eval": {{"a network that tightrope trained tells its own data, norm and radius",
		"tightrope eval runs/my-run/model.safetensors"},
		{"a published one, by the bounds of alpha-CROWN on 100 images",
			"tightrope eval " + published + " --technique alpha-crown --samples 100"},
		{"your own images", "tightrope eval model.safetensors --data my-images"}},
	"explain": {{"one image as a picture", "tightrope explain runs/my-run/model.safetensors --image 7"},
		{"as an animation over the radius",
			"tightrope explain runs/my-run/model.safetensors --image 7 --eps 0.2 --out image7.gif"}},
	"figures": {{"redraw figures/ from the records", "tightrope figures"}},
	"ladder": {{"the margins of one image by every technique",
		"tightrope ladder " + published + " --image 7"},
		{"which techniques certify how many of 200 images",
			"tightrope ladder " + published + " --samples 200 --signs"}},
	"net export": {{"an ONNX file for other programs", "tightrope net export model.safetensors"}},
	"net import": {{"weights that PyTorch saved",
		`tightrope net import model.pth --arch "conv(16,4,2,1) fc100 fc10"`}},
	"net list": {{"the named architectures", "tightrope net list"}},
	"net show": {{"a named architecture, and what each bound of it costs", "tightrope net show small"},
		{"one written as text", `tightrope net show "conv(16,4,2,1) relu fc100 relu fc10"`}},
	"net stamp": {{"write into an older file what the record beside it says",
		"tightrope net stamp runs/my-run/model.safetensors"}},
	"play": {{"open the playground", "tightrope play"}},
	"prove": {{"decide a property, and keep the proof",
		"tightrope prove net.onnx property.vnnlib --proof proof.json.gz"}},
	"radius":  {{"how far each technique certifies one image", "tightrope radius " + published + " --image 7"}},
	"recipes": {{"the experiments", "tightrope recipes"}},
	"selftest": {{"can this machine's bounds be trusted (two minutes)",
		"tightrope selftest --quick"}},
	"smooth": {{"l2 radii of the smoothed network, with confidence 1 - alpha for each image",
		"tightrope smooth runs/my-noise/model.safetensors --sigma 0.25 --samples 100"}},
	"sweep": {{"four weights and five seeds, in one table with paired differences",
		"tightrope sweep mlp-2x100/digits --gamma 0,1,3,10 --seeds 0-4"},
		{"a recipe beside its baseline, by two processes",
			"tightrope sweep mlp-2x100/digits --pair --seeds 0-4 --workers 2"}},
	"train": {{"seconds, with nothing to download", "tightrope train mlp-2x100/digits --gamma 3"},
		{"the paper's length on MNIST", "tightrope train mlp-2x100/mnist --scale paper --gamma 2"}},
	"verify": {{"decide every image, with certificates", "tightrope verify " + published},
		{"the first 100 at another radius", "tightrope verify " + published + " --samples 100 --eps 8/255"}},
	"vnncomp": {{"a family of the competition, compared with its known answers",
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
