package verify

import (
	"bufio"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
)

// laddersFile holds the finished images of a ladder, one line each, beside the files of every run.
const laddersFile = "ladders.jsonl"

// keeper keeps finished images in a file that only grows; the piece of a line that a killed process leaves is cut off when it is
// opened again. Without a folder it keeps nothing.
type keeper struct{ file *os.File }

func openKeeper(dir string) (*keeper, []ImageLadder, error) {
	if dir == "" {
		return &keeper{}, nil, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, nil, err
	}
	f, err := openGrowing(filepath.Join(dir, laddersFile))
	if err != nil {
		return nil, nil, err
	}
	var held []ImageLadder
	good, reader := int64(0), bufio.NewReader(f)
	for {
		line, err := reader.ReadBytes('\n')
		var l ImageLadder
		if err != nil || json.Unmarshal(line, &l) != nil {
			break // the end, or a line that was being written
		}
		held = append(held, l)
		good += int64(len(line))
	}
	if err := rewind(f, good); err != nil {
		f.Close()
		return nil, nil, err
	}
	return &keeper{f}, held, nil
}

// add appends a line.
func (k *keeper) add(l *ImageLadder) error {
	if k.file == nil {
		return nil
	}
	line, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return write(k.file, line)
}

func (k *keeper) close() error {
	if k.file == nil {
		return nil
	}
	err := k.file.Sync()
	if closing := k.file.Close(); err == nil {
		err = closing
	}
	return err
}

// compareLadders orders by image, then radius.
func compareLadders(a, b *ImageLadder) int {
	return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Eps, b.Eps))
}
