package model

import (
	"fmt"
	"strconv"
	"strings"
)

// plain adds a layer whose text is its type and, in brackets, a number for each of its fields.
func (w *archWriter) plain(t archToken) error {
	k, known := kinds[t.name]
	if !known {
		_, err := LayerSpec{Type: t.name}.Complete()
		return err
	}
	s, fields := LayerSpec{Type: t.name}, strings.Fields(k.fields)
	switch {
	case len(fields) == 0 && len(t.args) > 0:
		return fmt.Errorf("a layer of type %s takes no numbers: write %[1]s", s.Type)
	case len(t.args) != len(fields):
		return fmt.Errorf("write %s", s.form(fields))
	}
	for i, name := range fields {
		if !s.set(name, t.args[i]) {
			return fmt.Errorf("layer %q cannot be written as text", t.name)
		}
	}
	w.add(s)
	return nil
}

// form is how a layer is written, e.g. "conv(channels,kernel,stride,padding)".
func (s LayerSpec) form(fields []string) string {
	if len(fields) == 0 {
		return s.Type
	}
	return s.Type + "(" + strings.Join(fields, ",") + ")"
}

// set gives a field a number, for both axes where it has two, and reports whether that is possible.
func (s *LayerSpec) set(field string, v int) bool {
	switch field {
	case "units":
		s.Units = v
	case "channels":
		s.Channels = v
	case "kernel":
		s.Kernel = []int{v, v}
	case "stride":
		s.Stride = []int{v, v}
	case "padding":
		s.Padding = []int{v, v}
	default:
		return false
	}
	return true
}

// numbers are the fields as [LayerSpec.set] takes them; of others there are none.
func (s LayerSpec) numbers(fields []string) (all []string) {
	for _, field := range fields {
		switch field {
		case "units":
			all = append(all, strconv.Itoa(s.Units))
		case "channels":
			all = append(all, strconv.Itoa(s.Channels))
		case "kernel":
			all = append(all, side(s.Kernel))
		case "stride":
			all = append(all, side(s.Stride))
		case "padding":
			all = append(all, side(s.Padding))
		}
	}
	return all
}

// Text is the architecture for readers: the input's shape and the layers in the notation of [ParseArch]; vertices that
// a layer reads are in brackets, unless it reads the one before.
func (a Arch) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v", a.Input)
	for _, s := range a.Layers {
		b.WriteByte(' ')
		b.WriteString(s.Text())
	}
	return b.String()
}

// Text is one layer in the notation of [ParseArch].
func (s LayerSpec) Text() string {
	text := s.form(s.numbers(strings.Fields(kinds[s.Type].fields)))
	switch {
	case s.Type == "dense":
		text = fmt.Sprintf("fc%d", s.Units)
	case s.Type == "batchnorm" && s.Epsilon != 0:
		text = fmt.Sprintf("batchnorm(eps=%g)", s.Epsilon)
	}
	if len(s.Inputs) > 0 {
		text += strings.ReplaceAll(fmt.Sprint(s.Inputs), " ", ",")
	}
	return text
}

// side is one number where all axes agree, else 3x5.
func side(axes []int) string {
	if len(axes) == 2 && axes[0] == axes[1] {
		return strconv.Itoa(axes[0])
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(axes), " ", "x"), "[]")
}
