package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// npyKinds maps NumPy's type codes, without the byte order, to number formats.
var npyKinds = map[string]element{
	"b1": uint8s, "u1": uint8s, "i1": int8s, "u2": uint16s, "i2": int16s, "u4": uint32s, "i4": int32s,
	"u8": uint64s, "i8": int64s, "f4": float32s, "f8": float64s,
}

var (
	npyDescr   = regexp.MustCompile(`'descr':\s*'([<>|=])(\w+)'`)
	npyFortran = regexp.MustCompile(`'fortran_order':\s*True`)
	npyShape   = regexp.MustCompile(`'shape':\s*\(([\d,\s]*)\)`)
)

// parseNPY reads NumPy's .npy format (NEP 1), versions 1 to 3. It is our own because sbinet/npyio v0.6.0 fills up a
// file that is cut short with zeros instead of refusing it.
func parseNPY(b []byte) (array, error) {
	header, data, err := npyHeader(b)
	if err != nil {
		return array{}, err
	}
	descr, shape := npyDescr.FindStringSubmatch(header), npyShape.FindStringSubmatch(header)
	if descr == nil || shape == nil {
		return array{}, fmt.Errorf("not a .npy file of plain numbers: its header is %q", strings.TrimSpace(header))
	}
	kind, ok := npyKinds[descr[2]]
	if !ok {
		return array{}, fmt.Errorf("number format %q is not read: save as uint8, integers, float32 or float64",
			descr[1]+descr[2])
	}
	if npyFortran.MatchString(header) {
		return array{}, errors.New("saved in Fortran order: save numpy.ascontiguousarray(x)")
	}
	dims, err := parseDims(shape[1])
	if err != nil {
		return array{}, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	if descr[1] == ">" {
		order = binary.BigEndian
	}
	return newArray(dims, kind, order, data)
}

// npyHeader cuts a file into header text and data.
func npyHeader(b []byte) (header string, data []byte, err error) {
	if !bytes.HasPrefix(b, []byte("\x93NUMPY")) || len(b) < 12 {
		return "", nil, errors.New("not a .npy file: it does not start with \\x93NUMPY")
	}
	start, length := 10, int(binary.LittleEndian.Uint16(b[8:]))
	if b[6] >= 2 {
		start, length = 12, int(binary.LittleEndian.Uint32(b[8:]))
	}
	if length > len(b)-start {
		return "", nil, errors.New("not a .npy file: its header is cut short")
	}
	return string(b[start : start+length]), b[start+length:], nil
}

func parseDims(text string) ([]int, error) {
	var dims []int
	for field := range strings.SplitSeq(text, ",") {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("impossible shape (%s)", text)
		}
		dims = append(dims, n)
	}
	return dims, nil
}

// LoadNPY reads a user's own images and labels from two files that numpy.save wrote (gzipped, where the name ends in
// .gz). Images are [samples, height, width], [samples, channels, height, width], [samples, height, width, channels]
// with ChannelsLast, or [samples, inputs]. It returns an error for files that are missing or damaged, and where images
// and labels differ in number.
func LoadNPY(images, labels string, opts ImportOptions) (*Set, error) {
	return importPair(images, labels, opts, parseNPY)
}
