package cert

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Floats are numbers that a file holds as base64 of little-endian bytes, after "f4:" as float32 where that loses
// nothing, else after "f8:" as float64.
type Floats []float64

// UnmarshalJSON implements json.Unmarshaler.
func (f *Floats) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("numbers must be a string of base64: %w", err)
	}
	form, body, _ := strings.Cut(s, ":")
	b, err := base64.StdEncoding.Strict().DecodeString(body)
	switch {
	case err != nil:
		return fmt.Errorf("numbers are not base64: %w", err)
	case strings.ContainsAny(body, "\r\n"): // the decoder skips them
		return errors.New("numbers are not base64: they hold the end of a line")
	case form == "f4" && len(b)%4 == 0:
		*f = make(Floats, len(b)/4)
		for i := range *f {
			(*f)[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
		}
	case form == "f8" && len(b)%8 == 0:
		*f = make(Floats, len(b)/8)
		for i := range *f {
			(*f)[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
	default:
		return fmt.Errorf("%d bytes of numbers in form %.10q: use f4 or f8", len(b), form)
	}
	return nil
}
