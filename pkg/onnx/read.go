package onnx

import (
	"fmt"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/proto"

	"tightrope/pkg/internal/gzfile"
)

// The supported opsets.
const (
	MinOpset = 7
	MaxOpset = 20
)

// Options limit what is read. They are checked before memory or time is spent; 0 is the default.
type Options struct {
	MaxBytes    int64 // size of the unpacked file; default 512 MiB
	MaxMessages int   // parts of the file (nodes, attributes, names, ...); default 2^20
	MaxValues   int   // numbers of all tensors together, weights and results; default 2^27
	MaxWork     int   // multiplications and additions of one evaluation; default 2^38
}

func (o Options) complete() Options {
	if o.MaxBytes == 0 {
		o.MaxBytes = 512 << 20
	}
	for _, f := range []struct {
		field *int
		value int
	}{{&o.MaxMessages, 1 << 20}, {&o.MaxValues, 1 << 27}, {&o.MaxWork, 1 << 38}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	return o
}

// Read reads a model from an .onnx file, which may be gzipped; if the file does not exist, the name with .gz appended
// is tried. For errors see [Parse].
func Read(path string, o Options) (*Graph, error) {
	b, err := gzfile.Read(path, o.complete().MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	g, err := Parse(b, o)
	if err != nil {
		return nil, fmt.Errorf("network %s: %w", path, err)
	}
	return g, nil
}

// Parse reads a model. It returns an error for bytes that are not an ONNX model, for a graph with anything that is not
// supported (see the package's comment; the error names the node), with cycles, missing or repeated names, or shapes
// that do not fit, for weights that are missing, NaN or stored in other files, and for sizes beyond the limits.
func Parse(b []byte, o Options) (*Graph, error) {
	o = o.complete()
	if int64(len(b)) > o.MaxBytes {
		return nil, fmt.Errorf("it contains more than %d bytes: use a smaller file, or raise MaxBytes", o.MaxBytes)
	}
	m := &protos.ModelProto{}
	if err := scan(b, m.ProtoReflect().Descriptor(), o.MaxMessages); err != nil {
		return nil, err
	}
	if err := proto.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("it is not an ONNX model, or it is damaged: %w; export or download it again", err)
	}
	opset, err := opsetOf(m)
	if err != nil {
		return nil, err
	}
	g := &Graph{Name: m.Graph.Name, Producer: m.ProducerName, IR: int(m.IrVersion), Opset: opset, options: o}
	if err := g.build(m.Graph); err != nil {
		return nil, err
	}
	return g, nil
}

// opsetOf returns the version of the standard operations. It returns an error for models with parts that are not
// supported.
func opsetOf(m *protos.ModelProto) (int, error) {
	switch {
	case m.Graph == nil || len(m.Graph.Node) == 0:
		return 0, fmt.Errorf("the model has no graph, or one without nodes: export it again")
	case len(m.Functions) > 0:
		return 0, fmt.Errorf("the model defines %d functions: inline them (onnx.inliner.inline_local_functions)",
			len(m.Functions))
	case len(m.TrainingInfo) > 0:
		return 0, fmt.Errorf("the model contains training information: export it for inference")
	case len(m.Graph.SparseInitializer) > 0:
		return 0, fmt.Errorf("the model has sparse initialisers: export it with dense ones")
	}
	opset := int64(0)
	for _, o := range m.OpsetImport {
		if o == nil || !standard(o.Domain) {
			continue // nodes of other domains are errors elsewhere
		}
		if opset != 0 && opset != o.Version {
			return 0, fmt.Errorf("the model imports opset %d and opset %d: export it with one", opset, o.Version)
		}
		opset = o.Version
	}
	if opset < MinOpset || opset > MaxOpset {
		return 0, fmt.Errorf("the model has opset %d (0: none): opsets %d to %d are read; convert it with "+
			"onnx.version_converter, or export it again", opset, MinOpset, MaxOpset)
	}
	return int(opset), nil
}

// standard reports whether a domain is that of ONNX's own operations.
func standard(domain string) bool { return domain == "" || domain == "ai.onnx" }
