package cert

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"tightrope/pkg/internal/strictjson"
)

// MaxLine is the largest number of bytes of one certificate in a file.
const MaxLine = 256 << 20

// Decode reads a certificate to the letter: member names in their exact case, none twice or unknown, all that are
// needed.
func Decode(line []byte) (*Certificate, error) {
	c := &Certificate{}
	if err := strictjson.Unmarshal(line, c); err != nil {
		return nil, err
	}
	return c, nil
}

// EachLine calls f for every line of a file with one JSON value per line, with its number from 0, until f returns an
// error. A line is valid until f returns. It returns an error for a line longer than [MaxLine], before allocating
// memory for it.
func EachLine(file io.Reader, f func(number int, line []byte) error) error {
	return eachLine(file, MaxLine, f)
}

// eachLine is [EachLine] with another limit of a line's bytes.
func eachLine(file io.Reader, most int, f func(number int, line []byte) error) error {
	reader := bufio.NewReaderSize(file, min(1<<20, most))
	var long []byte
	for number := 0; ; {
		piece, err := reader.ReadSlice('\n')
		if len(long)+len(piece) > most {
			return fmt.Errorf("line %d is longer than %d bytes", number, most)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, piece...)
			continue
		}
		line := piece
		if len(long) > 0 {
			long = append(long, piece...)
			line = long
		}
		switch {
		case errors.Is(err, io.EOF) && len(bytes.TrimSpace(line)) == 0:
			return nil
		case err != nil && !errors.Is(err, io.EOF):
			return err
		}
		if failure := f(number, line); failure != nil {
			return failure
		}
		if err != nil {
			return nil
		}
		long, number = long[:0], number+1
	}
}
