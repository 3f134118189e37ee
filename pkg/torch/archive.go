package torch

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxBytes is the size of the largest file that is read, unpacked.
const maxBytes = 4 << 30

// archive is the zip archive that torch.save writes.
type archive struct {
	records map[string]*zip.File // by their names without the archive's own folder
	left    uint64               // bytes that may still be unpacked
}

// openArchive lists the records. It returns an error for what torch.save does not write, with what to do.
func openArchive(r *zip.Reader) (*archive, error) {
	a := &archive{records: map[string]*zip.File{}, left: maxBytes}
	for _, f := range r.File {
		_, name, ok := strings.Cut(f.Name, "/")
		if !ok {
			continue
		}
		if a.records[name] != nil {
			return nil, fmt.Errorf("the archive holds record %.80q twice", name)
		}
		a.records[name] = f
	}
	if a.records["constants.pkl"] != nil {
		return nil, errors.New("this is a TorchScript program: save model.state_dict(), or export the model to ONNX")
	}
	if a.records["data.pkl"] == nil {
		return nil, errors.New("this is a zip archive but not one of torch.save: it holds no data.pkl")
	}
	if a.records["byteorder"] != nil {
		order, err := a.read("byteorder")
		if err != nil {
			return nil, err
		}
		if string(order) != "little" {
			return nil, fmt.Errorf("its numbers have byte order %.20q, want little: save it on a usual machine", order)
		}
	}
	return a, nil
}

// read unpacks a record.
func (a *archive) read(name string) ([]byte, error) {
	f := a.records[name]
	if f == nil {
		return nil, fmt.Errorf("the archive lacks record %.80q: it is damaged", name)
	}
	if f.UncompressedSize64 > a.left {
		return nil, fmt.Errorf("the archive holds more than %d GiB: save the weights without the optimizer's state",
			maxBytes>>30)
	}
	a.left -= f.UncompressedSize64
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("record %.80q: %w", name, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, int64(f.UncompressedSize64)))
	if err == nil && uint64(len(b)) != f.UncompressedSize64 {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		_, err = r.Read(make([]byte, 1)) // its end has the check sum
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		err = fmt.Errorf("it is longer than it says: %w", err)
	}
	return nil, fmt.Errorf("record %.80q is damaged: %w", name, err)
}
