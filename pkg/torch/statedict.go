package torch

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"strings"

	"tightrope/pkg/model"
)

// Read returns the tensors of a file of torch.save, in the order in which the model registered them: a state_dict, or a
// checkpoint that holds one under a usual key ("state_dict", "model", ...).
//
// Errors: the file cannot be read or is damaged, it is of PyTorch before 1.6 or a whole pickled model, or it holds
// several state_dicts or none; they say what to save instead.
func Read(path string) ([]model.Tensor, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s is not a file of torch.save of PyTorch 1.6 or later: %w: save it again with a "+
			"later one, or as safetensors", path, err)
	}
	tensors, err := readArchive(z)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return tensors, nil
}

func readArchive(z *zip.Reader) ([]model.Tensor, error) {
	a, err := openArchive(z)
	if err != nil {
		return nil, err
	}
	code, err := a.read("data.pkl")
	if err != nil {
		return nil, err
	}
	l := &loader{archive: a, storages: map[string]*storage{}}
	value, err := (&unpickler{code: code, call: l.call, persistent: l.storage}).load()
	if err != nil {
		return nil, err
	}
	d, err := stateDict(value)
	if err != nil {
		return nil, err
	}
	return d.tensors()
}

// loader gives a pickle its tensors.
type loader struct {
	*archive
	storages map[string]*storage
}

// call rebuilds tensors, parameters and ordered dictionaries.
func (l *loader) call(function global, arguments tuple) (any, error) {
	switch function.String() {
	case "collections.OrderedDict":
		return &dict{}, nil
	case "torch._utils._rebuild_tensor_v2":
		return rebuild(arguments)
	case "torch._utils._rebuild_parameter":
		if len(arguments) > 0 {
			return arguments[0], nil
		}
	}
	return &opaque{of: function}, nil
}

// storage reads what the persistent id ("storage", class, key, device, count) names; one of numbers that are not read
// is opaque.
func (l *loader) storage(id any) (any, error) {
	t, _ := id.(tuple)
	if len(t) < 5 || t[0] != "storage" {
		return nil, errors.New("the pickle refers to something outside of it that is no storage")
	}
	class, named := t[1].(global)
	key, ok := t[2].(string)
	count, counted := t[4].(int)
	if !named || !ok || !counted {
		return nil, fmt.Errorf("storage of class %v, key %v, %v numbers: the file is damaged", t[1], t[2], t[4])
	}
	kind, ok := storages[class.name]
	if !ok || class.module != "torch" {
		return &opaque{of: class}, nil
	}
	if known := l.storages[key]; known != nil {
		if known.kind != kind {
			return nil, fmt.Errorf("storage %.80q has two types: the file is damaged", key)
		}
		return known, nil
	}
	b, err := l.read("data/" + key)
	if err != nil {
		return nil, err
	}
	if count < 0 || count > len(b) || count*kind.size != len(b) {
		return nil, fmt.Errorf("storage %.80q has %d bytes, want %d of %s: the file is damaged", key, len(b), count,
			kind.name)
	}
	l.storages[key] = &storage{kind: kind, bytes: b}
	return l.storages[key], nil
}

// usualKeys are the names under which checkpoints keep a state_dict.
var usualKeys = []string{"state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights"}

// stateDict finds the one dictionary of tensors.
func stateDict(v any) (*dict, error) {
	if l, ok := v.(*list); ok && len(l.items) == 1 {
		v = l.items[0]
	}
	d, ok := v.(*dict)
	if !ok {
		if o, ok := v.(*opaque); ok {
			return nil, fmt.Errorf("the file holds an object of %v, not weights: save model.state_dict(), "+
				"not the model",
				o.of)
		}
		return nil, fmt.Errorf("the file holds a %T, want a state_dict: save model.state_dict()", v)
	}
	if d.holdsTensors() {
		return d, nil
	}
	var found *dict
	for _, key := range usualKeys {
		inner := d.get(key)
		if l, ok := inner.(*list); ok && len(l.items) == 1 {
			inner = l.items[0]
		}
		if i, ok := inner.(*dict); ok && i.holdsTensors() {
			if found != nil {
				return nil, fmt.Errorf("the checkpoint holds several state_dicts, under %q: save one by itself", d.keys)
			}
			found = i
		}
	}
	if found == nil {
		return nil, fmt.Errorf("the file holds no state_dict by itself or under one of %q; its keys are %.300q: save "+
			"model.state_dict()", usualKeys, d.keys)
	}
	return found, nil
}

// holdsTensors reports whether some value is a tensor.
func (d *dict) holdsTensors() bool {
	for _, v := range d.values {
		if _, ok := v.(*tensor); ok {
			return true
		}
	}
	return false
}

// get is the value of a key, nil without one; of a key that is set twice, the last.
func (d *dict) get(key string) (value any) {
	for i, k := range d.keys {
		if k == key {
			value = d.values[i]
		}
	}
	return value
}

// tensors are the entries, all of which must be tensors that are read.
func (d *dict) tensors() ([]model.Tensor, error) {
	var out []model.Tensor
	seen, prefix := map[string]bool{}, d.commonPrefix()
	for i, key := range d.keys {
		name, ok := key.(string)
		if !ok || seen[name] {
			return nil, fmt.Errorf("the state_dict has the key %.80v, which is no text or there twice", key)
		}
		seen[name] = true
		t, ok := d.values[i].(*tensor)
		if !ok {
			return nil, fmt.Errorf("entry %.80q of the state_dict is %s: save tensors of float16, bfloat16, float32 "+
				"or float64 only", name, describe(d.values[i]))
		}
		out = append(out, model.Tensor{
			Name: strings.TrimPrefix(name, prefix), Type: t.from.kind.name, Shape: t.size, Bytes: t.values(),
		})
	}
	return out, nil
}

// commonPrefix is the "module." that DataParallel puts before every name, or nothing.
func (d *dict) commonPrefix() string {
	const prefix = "module."
	for _, key := range d.keys {
		if name, ok := key.(string); !ok || !strings.HasPrefix(name, prefix) {
			return ""
		}
	}
	return prefix
}

// describe says what a value is that is not a tensor.
func describe(v any) string {
	if o, ok := v.(*opaque); ok {
		return "an object of " + o.of.String() + " that is not read"
	}
	return fmt.Sprintf("a %T", v)
}
