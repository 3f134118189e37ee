package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tightrope/pkg/ball"
)

// Origin is what a model file says about its network's training. It does not affect what the network computes, and is
// not part of its hash. In the zero value nothing is known: an empty text or a nil pointer means that a field is
// unknown.
type Origin struct {
	Data     string     `json:"data,omitempty"`     // data set that it was trained on
	Seed     *uint64    `json:"seed,omitempty"`     // of the data set's split, initialisation and order
	Recipe   string     `json:"recipe,omitempty"`   // name
	Scale    string     `json:"scale,omitempty"`    // "quick", "paper", or "custom" where fields were changed
	Norm     *ball.Norm `json:"norm,omitempty"`     // of the ball that it is to be robust on
	Eps      *float64   `json:"eps,omitempty"`      // radius that it is measured at, pixel units
	TrainEps *float64   `json:"trainEps,omitempty"` // radius at the end of the training, pixel units
	Box      *ball.Box  `json:"box,omitempty"`      // valid inputs
	NoBox    bool       `json:"noBox,omitempty"`    // the inputs have no box; neither: not known
	Lambda   *float64   `json:"lambda,omitempty"`   // final weight of the indicator d
	Gamma    *float64   `json:"gamma,omitempty"`    // final weight of the indicator r
	Version  string     `json:"version,omitempty"`  // of the tightrope that trained it
}

// OriginPrefix begins the names of this program's metadata entries. Entries of other programs are not read.
const OriginPrefix = "tightrope."

// originFormat is the version of the entries' form; formatKey holds it.
const (
	originFormat = "1"
	formatKey    = OriginPrefix + "format"
)

// checkpointKey is the entry of a training's checkpoint, which is no model.
const checkpointKey = OriginPrefix + "checkpoint"

// originField is one metadata entry: its name after the prefix, and its text, empty if the value is not known.
type originField struct {
	name  string
	write func(o *Origin) string
	read  func(o *Origin, text string) error
}

// originFields are all entries. This is the one place that defines them.
var originFields = []originField{
	textField("data", func(o *Origin) *string { return &o.Data }),
	{"seed", writeSeed, readSeed},
	textField("recipe", func(o *Origin) *string { return &o.Recipe }),
	textField("scale", func(o *Origin) *string { return &o.Scale }),
	{"norm", writeNorm, readNorm},
	numberField("eps", func(o *Origin) **float64 { return &o.Eps }),
	numberField("train_eps", func(o *Origin) **float64 { return &o.TrainEps }),
	{"box", writeBox, readBox},
	numberField("lambda", func(o *Origin) **float64 { return &o.Lambda }),
	numberField("gamma", func(o *Origin) **float64 { return &o.Gamma }),
	textField("version", func(o *Origin) *string { return &o.Version }),
}

// Known reports whether any field is known.
func (o Origin) Known() bool { return o != Origin{} }

// Entry is one entry of a file's metadata: its name, without the prefix, and its text.
type Entry struct{ Name, Text string }

// Entries returns the known fields, in a fixed order.
func (o Origin) Entries() (known []Entry) {
	for _, f := range originFields {
		if text := f.write(&o); text != "" {
			known = append(known, Entry{f.name, text})
		}
	}
	return known
}

// Metadata are the entries of a file's metadata; none if nothing is known.
func (o Origin) Metadata() map[string]string {
	entries := map[string]string{}
	for _, e := range o.Entries() {
		entries[OriginPrefix+e.Name] = e.Text
	}
	if len(entries) > 0 {
		entries[formatKey] = originFormat
	}
	return entries
}

// ReadOrigin reads, strictly, the entries of a file's metadata that have this program's prefix. It returns an error
// that names the entry, for an unknown entry, for an invalid value, and for a newer format.
func ReadOrigin(metadata map[string]string) (o Origin, err error) {
	var own []string
	for key := range metadata {
		if strings.HasPrefix(key, OriginPrefix) && key != formatKey {
			own = append(own, key)
		}
	}
	slices.Sort(own)
	if err := checkFormat(metadata, own); err != nil {
		return Origin{}, err
	}
	for _, key := range own {
		name := strings.TrimPrefix(key, OriginPrefix)
		i := slices.IndexFunc(originFields, func(f originField) bool { return f.name == name })
		if i < 0 {
			return Origin{}, fmt.Errorf("the metadata entry %.80q is not known: correct or remove it", key)
		}
		if err := originFields[i].read(&o, metadata[key]); err != nil {
			return Origin{}, fmt.Errorf("the metadata entry %q is %.80q: %w, or remove the entry",
				key, metadata[key], err)
		}
	}
	return o, nil
}

// checkFormat refuses checkpoints, and entries whose form is not known.
func checkFormat(metadata map[string]string, own []string) error {
	format, found := metadata[formatKey]
	switch {
	case slices.Contains(own, checkpointKey):
		return fmt.Errorf("it is the checkpoint of a training: give the model.safetensors of a finished run")
	case !found && len(own) == 0:
		return nil
	case !found:
		return fmt.Errorf("the metadata has %.80q but no %q: add it, with the value %s",
			own[0], formatKey, originFormat)
	case format != originFormat:
		return fmt.Errorf("the metadata entry %q is %.80q, this program reads %s: use a newer version of tightrope",
			formatKey, format, originFormat)
	}
	return nil
}

// maxText is the length of the longest text of an entry, in bytes.
const maxText = 200

func textField(name string, of func(*Origin) *string) originField {
	return originField{name, func(o *Origin) string { return *of(o) }, func(o *Origin, text string) error {
		if text == "" || len(text) > maxText || strings.ContainsFunc(text,
			func(r rune) bool { return !unicode.IsPrint(r) }) {
			return fmt.Errorf("use 1 to %d printable characters", maxText)
		}
		*of(o) = text
		return nil
	}}
}

func numberField(name string, of func(*Origin) **float64) originField {
	return originField{name, func(o *Origin) string {
		if x := *of(o); x != nil {
			return formatNumber(*x)
		}
		return ""
	}, func(o *Origin, text string) error {
		x, err := readNumber(text)
		if err != nil || x < 0 {
			return fmt.Errorf("use a finite number of at least 0")
		}
		*of(o) = &x
		return nil
	}}
}

func formatNumber(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// readNumber reads a finite number.
func readNumber(text string) (float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
		err = strconv.ErrRange
	}
	return x, err
}

func writeSeed(o *Origin) string {
	if o.Seed == nil {
		return ""
	}
	return strconv.FormatUint(*o.Seed, 10)
}

func readSeed(o *Origin, text string) error {
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return fmt.Errorf("use a whole number of at least 0")
	}
	o.Seed = &seed
	return nil
}

func writeNorm(o *Origin) string {
	if o.Norm == nil {
		return ""
	}
	return o.Norm.String()
}

func readNorm(o *Origin, text string) error {
	norm, err := ball.ParseNorm(text)
	if err != nil {
		return fmt.Errorf("use linf, l2 or l1")
	}
	o.Norm = &norm
	return nil
}

// noBox is the text of inputs without a box.
const noBox = "none"

func writeBox(o *Origin) string {
	switch {
	case o.Box != nil:
		return formatNumber(o.Box.Lower) + "," + formatNumber(o.Box.Upper)
	case o.NoBox:
		return noBox
	}
	return ""
}

func readBox(o *Origin, text string) error {
	if text == noBox {
		o.NoBox = true
		return nil
	}
	low, high, _ := strings.Cut(text, ",")
	lower, err := readNumber(low)
	upper, err2 := readNumber(high)
	if err != nil || err2 != nil || lower > upper {
		return fmt.Errorf("use %s, or the least and the largest value as in 0,1", noBox)
	}
	o.Box = &ball.Box{Lower: lower, Upper: upper}
	return nil
}
