// Package strictjson reads JSON whose meaning must not depend on the reader: member names are compared to the letter,
// none may occur twice or be unknown, and those of fields without omitempty or omitzero must be there. null is
// refused: it would leave a field at its zero value.
package strictjson

import (
	"encoding"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"reflect"
	"strings"
)

// Unmarshal reads one JSON value into v, a pointer. The error is one line that names the member at fault.
func Unmarshal(data []byte, v any) error {
	if err := UnmarshalPart(data, v); err != nil {
		return err
	}
	return require(reflect.TypeOf(v).Elem(), data)
}

// UnmarshalPart is [Unmarshal] for a value that may lack members.
func UnmarshalPart(data []byte, v any) error {
	if err := json.Unmarshal(data, v, json.RejectUnknownMembers(true)); err != nil {
		return oneLine(err)
	}
	return nil
}

func oneLine(err error) error {
	return fmt.Errorf("%s", strings.Join(strings.Fields(err.Error()), " "))
}

// require reports a null, or a missing member of a struct at any depth. Values of types that read themselves are
// theirs.
func require(t reflect.Type, value jsontext.Value) error {
	if value.Kind() == 'n' {
		return fmt.Errorf("null is no value: leave the member out")
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if readsItself(t) {
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return requireMembers(t, value)
	case reflect.Slice, reflect.Array:
		if kind := t.Elem().Kind(); kind == reflect.Struct || kind == reflect.Pointer {
			return requireElements(t.Elem(), value)
		}
	}
	return nil
}

func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	for _, unmarshaler := range []reflect.Type{
		reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[json.UnmarshalerFrom](),
		reflect.TypeFor[encoding.TextUnmarshaler](),
	} {
		if p.Implements(unmarshaler) {
			return true
		}
	}
	return false
}

func requireMembers(t reflect.Type, value jsontext.Value) error {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(value, &members); err != nil {
		return oneLine(err)
	}
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "-" || !t.Field(i).IsExported() {
			continue
		}
		if name == "" {
			name = t.Field(i).Name
		}
		member, found := members[name]
		if !found {
			if strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero") {
				continue
			}
			return fmt.Errorf("the member %q is missing", name)
		}
		if err := require(t.Field(i).Type, member); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func requireElements(t reflect.Type, value jsontext.Value) error {
	var elements []jsontext.Value
	if err := json.Unmarshal(value, &elements); err != nil {
		return oneLine(err)
	}
	for i, e := range elements {
		if err := require(t, e); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}
