package vnnlib

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// token is a parenthesis, an atom (a sequence of other characters up to a blank, a parenthesis or a comment), or the
// end of the text.
type token struct {
	kind byte // '(', ')', 'a' or 0
	text []byte
	at   int // offset in the text
}

// String shows the token in messages.
func (t token) String() string {
	if t.kind == 0 {
		return "the end of the file"
	}
	return fmt.Sprintf("%.40q", t.text)
}

// scanner cuts a text into tokens.
type scanner struct {
	text []byte
	at   int
}

func (s *scanner) next() token {
	s.skip()
	if s.at == len(s.text) {
		return token{at: s.at}
	}
	start := s.at
	s.at++
	c := s.text[start]
	if c == '(' || c == ')' {
		return token{kind: c, text: s.text[start:s.at], at: start}
	}
	for s.at < len(s.text) && !ends[s.text[s.at]] {
		s.at++
	}
	return token{kind: 'a', text: s.text[start:s.at], at: start}
}

// skip skips blanks and comments.
func (s *scanner) skip() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n', '\f', '\v':
			s.at++
		case ';':
			end := bytes.IndexByte(s.text[s.at:], '\n')
			if end < 0 {
				s.at = len(s.text)
				return
			}
			s.at += end + 1
		default:
			return
		}
	}
}

// ends lists the bytes that end an atom.
var ends = [256]bool{' ': true, '\t': true, '\r': true, '\n': true, '\f': true, '\v': true, '(': true, ')': true,
	';': true}

// errorAt returns an error with the line and column of an offset.
func (s *scanner) errorAt(at int, format string, args ...any) error {
	before := s.text[:at]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return &Error{Line: line, Column: column, Err: fmt.Errorf(format, args...)}
}

// expect reads the next token, and returns an error if it is of another kind; what describes the expected token.
func (s *scanner) expect(kind byte, what string) (token, error) {
	t := s.next()
	if t.kind != kind {
		return t, s.errorAt(t.at, "found %v instead of %s: correct the file", t, what)
	}
	return t, nil
}
