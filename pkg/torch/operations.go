package torch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// operations are those of pickle protocols 2 to 5 that torch.save writes, by their code (Python's pickletools names
// them).
var operations map[byte]func(u *unpickler) error

func init() { // not in the declaration: some refer to others
	operations = map[byte]func(u *unpickler) error{
		0x80: (*unpickler).protocol,
		0x95: func(u *unpickler) error { _, err := u.bytes(8); return err }, // FRAME: only a hint for reading

		'N':  constant(nil),
		0x88: constant(true),
		0x89: constant(false),
		'K':  integer(1),
		'M':  integer(2),
		'J':  (*unpickler).int32,
		0x8a: (*unpickler).long,
		'G':  (*unpickler).float,
		'X':  text(4),
		0x8c: text(1),
		'B':  raw(4),
		'C':  raw(1),

		')':  func(u *unpickler) error { u.push(tuple{}); return nil },
		']':  func(u *unpickler) error { u.push(&list{}); return nil },
		'}':  func(u *unpickler) error { u.push(&dict{}); return nil },
		'(':  func(u *unpickler) error { u.marks = append(u.marks, len(u.stack)); return nil },
		0x85: tupleOf(1),
		0x86: tupleOf(2),
		0x87: tupleOf(3),
		't':  func(u *unpickler) error { v, err := u.sinceMark(); u.push(tuple(v)); return err },
		'a':  func(u *unpickler) error { return u.extend(u.take(1)) },
		'e':  func(u *unpickler) error { return u.extend(u.sinceMark()) },
		's':  func(u *unpickler) error { return u.set(u.take(2)) },
		'u':  func(u *unpickler) error { return u.set(u.sinceMark()) },
		'0':  func(u *unpickler) error { _, err := u.pop(); return err },

		'q':  put(1),
		'r':  put(4),
		0x94: func(u *unpickler) error { return u.remember(len(u.memo)) },
		'h':  get(1),
		'j':  get(4),

		'c':  (*unpickler).global,
		0x93: (*unpickler).stackGlobal,
		'R':  (*unpickler).reduce,
		0x81: (*unpickler).reduce, // NEWOBJ: the class instead of a function
		'b':  (*unpickler).build,
		'Q':  (*unpickler).outside,
	}
}

func constant(v any) func(*unpickler) error {
	return func(u *unpickler) error { u.push(v); return nil }
}

func integer(size int) func(*unpickler) error {
	return func(u *unpickler) error { n, err := u.number(size); u.push(n); return err }
}

func text(size int) func(*unpickler) error {
	return func(u *unpickler) error { s, err := u.text(size); u.push(s); return err }
}

func raw(size int) func(*unpickler) error {
	return func(u *unpickler) error { s, err := u.text(size); u.push([]byte(s)); return err }
}

func tupleOf(n int) func(*unpickler) error {
	return func(u *unpickler) error { v, err := u.take(n); u.push(tuple(v)); return err }
}

func put(size int) func(*unpickler) error {
	return func(u *unpickler) error {
		key, err := u.number(size)
		if err != nil {
			return err
		}
		return u.remember(key)
	}
}

func get(size int) func(*unpickler) error {
	return func(u *unpickler) error {
		key, err := u.number(size)
		if err != nil {
			return err
		}
		v, ok := u.memo[key]
		if !ok {
			return fmt.Errorf("the pickle asks for value %d, which it has not kept", key)
		}
		u.push(v)
		return nil
	}
}

func (u *unpickler) remember(key int) error {
	v, err := u.top()
	u.memo[key] = v
	return err
}

func (u *unpickler) protocol() error {
	b, err := u.bytes(1)
	if err == nil && b[0] > 5 {
		err = fmt.Errorf("pickle protocol %d is not known: save with protocol 2, the default of torch.save", b[0])
	}
	return err
}

func (u *unpickler) int32() error {
	b, err := u.bytes(4)
	if err != nil {
		return err
	}
	u.push(int(int32(binary.LittleEndian.Uint32(b))))
	return nil
}

// long pushes a number of any length, in two's complement; what exceeds an int becomes a float64.
func (u *unpickler) long() error {
	n, err := u.number(1)
	if err != nil {
		return err
	}
	b, err := u.bytes(n)
	if err != nil {
		return err
	}
	value, weight := 0.0, 1.0
	for _, v := range b {
		value += float64(v) * weight
		weight *= 256
	}
	if n > 0 && b[n-1] >= 0x80 {
		value -= weight
	}
	if math.Abs(value) <= 1<<53 {
		u.push(int(value))
	} else {
		u.push(value)
	}
	return nil
}

func (u *unpickler) float() error {
	b, err := u.bytes(8)
	if err != nil {
		return err
	}
	u.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	return nil
}

// extend appends values to the list below them.
func (u *unpickler) extend(values []any, err error) error {
	if err != nil {
		return err
	}
	at, err := u.top()
	if err != nil {
		return err
	}
	if l, ok := at.(*list); ok {
		l.items = append(l.items, values...)
	} else if _, ok := at.(*opaque); !ok {
		return errors.New("the pickle appends to what is no list")
	}
	return nil
}

// set puts keys and values in turn into the dictionary below them.
func (u *unpickler) set(values []any, err error) error {
	if err != nil {
		return err
	}
	at, err := u.top()
	if err != nil {
		return err
	}
	d, ok := at.(*dict)
	if _, unread := at.(*opaque); unread {
		return nil
	}
	if !ok || len(values)%2 != 0 {
		return errors.New("the pickle puts values into what is no dictionary, or a key without a value")
	}
	for i := 0; i < len(values); i += 2 {
		d.keys, d.values = append(d.keys, values[i]), append(d.values, values[i+1])
	}
	return nil
}

func (u *unpickler) global() error {
	module, err := u.line()
	if err != nil {
		return err
	}
	name, err := u.line()
	u.push(global{module, name})
	return err
}

func (u *unpickler) stackGlobal() error {
	v, err := u.take(2)
	if err != nil {
		return err
	}
	module, a := v[0].(string)
	name, b := v[1].(string)
	if !a || !b {
		return errors.New("the pickle names an object by what is no text")
	}
	u.push(global{module, name})
	return nil
}

// reduce calls what is read, and makes other objects opaque.
func (u *unpickler) reduce() error {
	v, err := u.take(2)
	if err != nil {
		return err
	}
	function, named := v[0].(global)
	arguments, ok := v[1].(tuple)
	if !named || !ok {
		u.push(&opaque{})
		return nil
	}
	result, err := u.call(function, arguments)
	u.push(result)
	return err
}

// build would give an object its attributes: no attribute is read.
func (u *unpickler) build() error {
	_, err := u.pop()
	return err
}

func (u *unpickler) outside() error {
	id, err := u.pop()
	if err != nil {
		return err
	}
	v, err := u.persistent(id)
	u.push(v)
	return err
}
