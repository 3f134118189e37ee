package main

import "slices"

// flagGroup is a group of a command's flags: those with the names listed or, if none are listed, those that are in no
// other group.
type flagGroup struct {
	title string
	names []string
}

// flagGroups are in the order in which help and the command reference show them.
var flagGroups = []flagGroup{
	{title: "Options"},
	{"Network and data", []string{"arch", "layers", "data", "seed", "seeds", "samples", "train-samples", "test-samples",
		"validation", "image", "class", "model"}},
	{"Threat", []string{"norm", "eps", "no-box", "radii", "eval-eps", "curve", "curve-samples"}},
	{"Training", []string{"method", "scale", "epochs", "batch", "lr", "warmup", "ramp", "eps-start", "decay-every",
		"decay-factor", "fade-weights", "lambda", "gamma", "rs", "cross-lipschitz", "projections", "detach-bounds",
		"validate-every", "pair", "ablation", "cascade", "domain", "sigma", "regularized"}},
	{"Attack", []string{"attack", "square-queries", "pgd-steps", "pgd-step-size", "pgd-restarts", "pgd-loss",
		"pgd-samples"}},
	{"Bounds", []string{"technique", "techniques", "skip", "per-image", "per-program", "signs", "tolerance",
		"largest"}},
	{"Output", []string{"out", "resume", "force", "record", "result", "proof", "table", "verbose", "plan", "export"}},
	{"Machine", []string{"memory", "devices", "workers", "at-once", "slurm", "detach", "queue", "for", "timeout"}},
}

func everyFlag(string) bool { return true }

// holds reports whether a flag belongs to the group. The first group that lists a name has it.
func (g flagGroup) holds(name string) bool {
	for _, other := range flagGroups {
		if slices.Contains(other.names, name) {
			return other.title == g.title
		}
	}
	return len(g.names) == 0
}
