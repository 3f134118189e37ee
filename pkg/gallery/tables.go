package gallery

import (
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/plot"
	"tightrope/pkg/record"
)

// tables are the paper's tables of trainings: which records belong to them, and what to run if there is none.
var tables = []struct {
	name, title, remedy string
	has                 func(recipe string) bool
}{
	{"table-1-mnist", "Table 1, MNIST", "tightrope sweep mlp-2x100/mnist --pair --scale paper",
		rowOfTable1("mnist", "mnist-0.3")},
	{"table-1-cifar10", "Table 1, CIFAR-10", "tightrope sweep small/cifar10-2 --pair --scale paper",
		rowOfTable1("cifar10-2", "cifar10-8")},
	{"table-2", "Table 2, the family of small networks", "tightrope sweep mnist-small-family/1 --pair --scale paper",
		member("mnist-small-family")},
	{"table-4", "Table 4, the family of large networks", "tightrope sweep mnist-large-family/1 --pair --scale paper",
		member("mnist-large-family")},
}

// rowOfTable1 recognises the recipes of Table 1 by what stands behind the network's name.
func rowOfTable1(data ...string) func(string) bool {
	networks := []string{"mlp-2x100", "small-exact", "small", "large", "xlarge"}
	return func(recipe string) bool {
		network, on, _ := strings.Cut(recipe, "/")
		return slices.Contains(networks, network) && slices.Contains(data, on)
	}
}

func member(family string) func(string) bool {
	return func(recipe string) bool {
		return strings.HasPrefix(recipe, family+"/") || strings.HasPrefix(recipe, family+"-140/")
	}
}

// tablePlans are the pictures of the paper's tables.
func tablePlans(records []*record.Record) []plan {
	var plans []plan
	for _, t := range tables {
		var own []*record.Record
		for _, r := range records {
			if r.Kind == record.Train && t.has(r.Name) {
				own = append(own, r)
			}
		}
		p := plan{name: t.name, draw: func() (*plot.Figure, error) { return plot.Pairs(record.Test, own...) }}
		if len(own) == 0 {
			p.missing = fmt.Sprintf("no record of %s: run `%s` (or --scale quick), then `tightrope figures`", t.title,
				t.remedy)
		}
		plans = append(plans, p)
	}
	return plans
}
