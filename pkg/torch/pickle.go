package torch

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Values of a pickle are nil, bool, int, float64, string, []byte, tuple, and pointers to these.
type (
	tuple []any
	list  struct{ items []any }
	// dict keeps the order in which its entries were written.
	dict struct{ keys, values []any }
	// global is a name of Python's.
	global struct{ module, name string }
	// opaque is an object of a kind that is not read.
	opaque struct{ of global }
)

func (g global) String() string { return g.module + "." + g.name }

// unpickler runs a pickle's program on a stack of values.
type unpickler struct {
	code  []byte
	at    int
	stack []any
	marks []int // heights of the stack
	memo  map[int]any

	// call rebuilds the objects that are read, others are opaque; persistent gives what lies outside the pickle.
	call       func(function global, arguments tuple) (any, error)
	persistent func(id any) (any, error)
}

// errCut says that a pickle ends before its end.
var errCut = errors.New("the pickle is cut short")

// load runs the program to its end and returns the value it leaves.
func (u *unpickler) load() (any, error) {
	u.memo = map[int]any{}
	for {
		code, err := u.bytes(1)
		if err != nil {
			return nil, err
		}
		if code[0] == '.' { // STOP
			return u.pop()
		}
		run := operations[code[0]]
		if run == nil {
			return nil, fmt.Errorf("operation 0x%02x of the pickle, at byte %d, is not read: save with torch.save and "+
				"its own pickle protocol", code[0], u.at-1)
		}
		if err := run(u); err != nil {
			return nil, fmt.Errorf("at byte %d of the pickle: %w", u.at, err)
		}
	}
}

// bytes takes n bytes of the program.
func (u *unpickler) bytes(n int) ([]byte, error) {
	if n < 0 || n > len(u.code)-u.at {
		return nil, errCut
	}
	u.at += n
	return u.code[u.at-n : u.at], nil
}

// number takes a little-endian number of 1, 2, 4 or 8 bytes.
func (u *unpickler) number(size int) (int, error) {
	b, err := u.bytes(size)
	if err != nil {
		return 0, err
	}
	var wide [8]byte
	copy(wide[:], b)
	n := binary.LittleEndian.Uint64(wide[:])
	if n > 1<<62 {
		return 0, fmt.Errorf("the number %d is too large", n)
	}
	return int(n), nil
}

// text takes text after its length of some bytes.
func (u *unpickler) text(size int) (string, error) {
	n, err := u.number(size)
	if err != nil {
		return "", err
	}
	b, err := u.bytes(n)
	return string(b), err
}

// line takes text up to the end of its line.
func (u *unpickler) line() (string, error) {
	for i := u.at; i < len(u.code); i++ {
		if u.code[i] == '\n' {
			text := string(u.code[u.at:i])
			u.at = i + 1
			return text, nil
		}
	}
	return "", errCut
}

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

// bottom is the height of the stack below which the innermost mark forbids to take.
func (u *unpickler) bottom() int {
	if len(u.marks) == 0 {
		return 0
	}
	return u.marks[len(u.marks)-1]
}

// errEmpty says that the program takes a value if there is none.
var errEmpty = errors.New("the pickle takes a value where there is none")

func (u *unpickler) pop() (any, error) {
	values, err := u.take(1)
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

// take pops n values, in the order in which they were pushed.
func (u *unpickler) take(n int) ([]any, error) {
	if len(u.stack)-n < u.bottom() {
		return nil, errEmpty
	}
	values := append([]any(nil), u.stack[len(u.stack)-n:]...)
	u.stack = u.stack[:len(u.stack)-n]
	return values, nil
}

// sinceMark pops the values above the innermost mark, and the mark.
func (u *unpickler) sinceMark() ([]any, error) {
	if len(u.marks) == 0 {
		return nil, errEmpty
	}
	values, err := u.take(len(u.stack) - u.bottom())
	u.marks = u.marks[:len(u.marks)-1]
	return values, err
}

// top is the value on the stack that an operation changes in place.
func (u *unpickler) top() (any, error) {
	if len(u.stack) <= u.bottom() {
		return nil, errEmpty
	}
	return u.stack[len(u.stack)-1], nil
}
