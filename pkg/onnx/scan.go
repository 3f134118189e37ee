package onnx

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxNesting is the deepest nesting of messages that is accepted; a model without subgraphs has 6 levels.
const maxNesting = 20

// scan walks through an encoded message without keeping anything. It returns an error for more parts than the limit,
// because each takes far more memory than its bytes, and for unknown fields, which may change what the model computes.
func scan(b []byte, message protoreflect.MessageDescriptor, limit int) error {
	s := scanner{left: limit}
	if err := s.message(b, message, 0); err != nil {
		return fmt.Errorf("it is not an ONNX model that can be read: %w; export or download it again", err)
	}
	return nil
}

type scanner struct{ left int }

func (s *scanner) message(b []byte, message protoreflect.MessageDescriptor, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("its messages are nested more than %d deep", maxNesting)
	}
	for len(b) > 0 {
		number, wire, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("%s is damaged (%w)", message.Name(), protowire.ParseError(n))
		}
		b = b[n:]
		field := message.Fields().ByNumber(number)
		if field == nil {
			return fmt.Errorf("%s has a field %d, which this version does not know", message.Name(), number)
		}
		size := protowire.ConsumeFieldValue(number, wire, b)
		if size < 0 {
			return fmt.Errorf("%s of %s is damaged (%w)", field.Name(), message.Name(), protowire.ParseError(size))
		}
		if err := s.field(b[:size], field, wire, depth); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// field checks one value of a field.
func (s *scanner) field(b []byte, field protoreflect.FieldDescriptor, wire protowire.Type, depth int) error {
	want := wireOf(field.Kind())
	packed := wire == protowire.BytesType && field.IsList() && want != protowire.BytesType
	if wire != want && !packed {
		return fmt.Errorf("%s is not encoded correctly", field.FullName())
	}
	if want != protowire.BytesType {
		return nil
	}
	if s.left--; s.left < 0 {
		return fmt.Errorf("it has too many parts: simplify the model, or raise MaxMessages")
	}
	if field.Kind() != protoreflect.MessageKind {
		return nil
	}
	content, n := protowire.ConsumeBytes(b)
	if n < 0 {
		return fmt.Errorf("%s is damaged (%w)", field.FullName(), protowire.ParseError(n))
	}
	return s.message(content, field.Message(), depth+1)
}

// wireOf returns the encoding of the kinds of values that ONNX uses.
func wireOf(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.DoubleKind:
		return protowire.Fixed64Type
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	}
	return protowire.VarintType
}
