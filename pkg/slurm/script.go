package slurm

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Array is a job of many tasks.
type Array struct {
	Name  string
	Tasks []int // their numbers
	// program and arguments; the number of the task, then the worker's name, follow as --task and --worker
	Program []string
	Folder  string // in which it runs
	Log     string // path of the logs, to which Slurm's pattern for job and task is added
}

// defaultLead is how long before the time limit a task is told to save.
const defaultLead = 2 * time.Minute

// interrupted and terminated are the exit codes of a program that was told to stop: it saved first, or had nothing to
// save yet.
const interrupted, terminated = 130, 143

// Script is the batch script of a job array. Each task is told to save before its time is over (and where it is
// preempted), and then puts itself back into the queue; Slurm does so by itself for preempted tasks and for those of a
// node that fails.
func (c Config) Script(a Array) string {
	var s strings.Builder
	fmt.Fprintln(&s, "#!/bin/bash")
	for _, option := range c.options(a) {
		fmt.Fprintln(&s, "#SBATCH "+option)
	}
	fmt.Fprintf(&s, "cd %s || exit 1\n", quote(a.Folder))
	for _, line := range c.Setup {
		fmt.Fprintln(&s, line)
	}
	fmt.Fprintf(&s, `task=${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}
%s --task "$SLURM_ARRAY_TASK_ID" --worker "$task" &
worker=$!
trap 'kill -TERM $worker 2>/dev/null' TERM
wait $worker
code=$?
# A signal ends wait before the program has saved.
while kill -0 $worker 2>/dev/null; do wait $worker; code=$?; done
# It was told to stop and has saved. A task that was cancelled must not come back.
if [ $code -eq %d ] || [ $code -eq %d ]; then
    state=$(squeue --noheader --array --jobs="$task" --format=%%T)
    if [ "$state" = RUNNING ]; then scontrol requeue "$task"; fi
fi
exit $code
`, command(a.Program), interrupted, terminated)
	return s.String()
}

func (c Config) options(a Array) []string {
	array := "--array=" + ranges(a.Tasks)
	if c.Concurrent > 0 {
		array += fmt.Sprintf("%%%d", c.Concurrent)
	}
	lead := c.Lead
	if lead == 0 {
		lead = defaultLead
	}
	options := []string{"--job-name=" + a.Name, array, "--nodes=1", "--ntasks=1",
		fmt.Sprintf("--cpus-per-task=%d", max(1, c.CPUsPerTask))}
	for option, value := range map[string]string{"--partition=": c.Partition, "--account=": c.Account,
		"--time=": c.Time, "--mem=": c.Memory} {
		if value != "" {
			options = append(options, option+value)
		}
	}
	slices.Sort(options[5:])
	if c.GPUsPerTask > 0 {
		options = append(options, fmt.Sprintf("--gres=gpu:%d", c.GPUsPerTask))
	}
	options = append(options, "--requeue", "--open-mode=append", fmt.Sprintf("--signal=B:TERM@%d", int(lead.Seconds())),
		fmt.Sprintf("--output=%q", a.Log+"-%A_%a.log"))
	return append(options, c.Extra...)
}

// ranges writes ascending numbers as Slurm does: 0-3,7.
func ranges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		k := i
		for k+1 < len(numbers) && numbers[k+1] == numbers[k]+1 {
			k++
		}
		if k == i {
			parts = append(parts, fmt.Sprint(numbers[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", numbers[i], numbers[k]))
		}
		i = k + 1
	}
	return strings.Join(parts, ",")
}

func command(words []string) string {
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, quote(w))
	}
	return strings.Join(quoted, " ")
}

// quote protects a word from the shell.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
