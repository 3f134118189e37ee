package slurm

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Config has the cluster's settings of a job: the content of a TOML file, with keys as in the tags. The zero value asks
// for one core on the default partition.
type Config struct {
	Partition string `toml:"partition"` // empty: the cluster's default
	Account   string `toml:"account"`   // empty: the user's default
	// limit of one task, as Slurm writes it ("2:30:00", "1-12"); empty: the partition's. A task that meets it saves and
	// is queued again
	Time        string `toml:"time"`
	CPUsPerTask int    `toml:"cpus_per_task"` // cores of one task; 0: 1
	GPUsPerTask int    `toml:"gpus_per_task"` // 0: none
	Memory      string `toml:"memory"`        // of one task, e.g. "8G"; empty: the partition's default
	Concurrent  int    `toml:"concurrent"`    // tasks at the same time; 0: as many as the cluster gives
	// Lead is how long before the time limit a task is told to save and stop; 0: two minutes. It must be longer than a
	// training step with its compilation.
	Lead  time.Duration `toml:"lead"`
	Extra []string      `toml:"extra"` // more options, each written behind #SBATCH, e.g. "--constraint=a100"
	Setup []string      `toml:"setup"` // shell lines before the program, e.g. "module load cuda"
}

// ReadConfig reads a TOML file; a key that does not exist is an error.
func ReadConfig(path string) (Config, error) {
	var c Config
	content, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("no description of the cluster: %w: write one, see docs/scale.md", err)
	}
	meta, err := toml.Decode(string(content), &c)
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return c, fmt.Errorf("%s: no key %q: use partition, account, time, cpus_per_task, gpus_per_task, memory, "+
			"concurrent, lead, extra or setup", path, unknown[0])
	}
	if err := c.validate(); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// word is what a value of one option may consist of.
var word = regexp.MustCompile(`^[A-Za-z0-9._,:+*-]*$`)

func (c Config) validate() error {
	for key, value := range map[string]string{"partition": c.Partition, "account": c.Account, "time": c.Time,
		"memory": c.Memory} {
		if !word.MatchString(value) {
			return fmt.Errorf("%s = %q: use letters, digits and . , : + * - only", key, value)
		}
	}
	for key, value := range map[string]int{"cpus_per_task": c.CPUsPerTask, "gpus_per_task": c.GPUsPerTask,
		"concurrent": c.Concurrent} {
		if value < 0 {
			return fmt.Errorf("%s = %d: use a positive number, or 0 for the default", key, value)
		}
	}
	if c.Lead < 0 || c.Lead > 0 && c.Lead < time.Second {
		return fmt.Errorf("lead = %v: use a time of at least a second, e.g. \"2m\"", c.Lead)
	}
	for _, option := range c.Extra {
		if !strings.HasPrefix(option, "-") || strings.ContainsAny(option, "\n\r") {
			return fmt.Errorf("extra option %q: write it as behind #SBATCH, e.g. \"--constraint=a100\"", option)
		}
	}
	return nil
}
