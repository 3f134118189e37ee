package record

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Journal is a file of JSON values, one per line, that only grows. A process that is killed at any moment leaves at
// most a piece of a line behind the whole ones, which the next [OpenJournal] cuts off. The zero value keeps nothing. It
// is not safe for concurrent use.
type Journal struct {
	file *os.File
	size int64 // bytes of whole lines
}

// OpenJournal opens a journal, or makes one. read receives the whole lines in order; the file is cut off at the first
// line that it does not keep; nil keeps every byte. It returns an error, and changes nothing, if the file cannot be
// opened or read reports that a line is damaged.
func OpenJournal(path string, read func(line []byte) (keep bool, err error)) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, explain(path, err)
	}
	j := &Journal{file: f}
	if read == nil {
		j.size, err = f.Seek(0, io.SeekEnd)
	} else if j.size, err = eachLine(f, read); err == nil {
		err = j.Cut(j.size)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return j, nil
}

// ReadJournal calls read for every whole line of a file until it keeps none. It changes nothing, so a process that
// still writes the file is not disturbed. It returns an error if the file cannot be opened or read says that a line
// is damaged.
func ReadJournal(path string, read func(line []byte) (keep bool, err error)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = eachLine(f, read)
	return err
}

// eachLine returns the bytes of the lines that are kept.
func eachLine(f *os.File, read func([]byte) (bool, error)) (size int64, err error) {
	reader := bufio.NewReader(f)
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return size, nil // a line without its end was being written
		}
		if err != nil {
			return size, fmt.Errorf("cannot read %s: %w", f.Name(), err)
		}
		keep, err := read(line)
		if err != nil {
			return size, fmt.Errorf("%s line %d is damaged (%w): restore it, or start again with --force", f.Name(),
				number, err)
		}
		if !keep {
			return size, nil
		}
		size += int64(len(line))
	}
}

// Append adds a value in one write and returns where its line begins and how long it is, in bytes. After a failure, the
// end of the file may be damaged, and only opening it again repairs it.
func (j *Journal) Append(value any) (offset, length int64, err error) {
	if j.file == nil {
		return 0, 0, nil
	}
	line, err := json.Marshal(value)
	if err != nil {
		return 0, 0, err
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return 0, 0, explain(j.file.Name(), err)
	}
	offset, length = j.size, int64(len(line))+1
	j.size += length
	return offset, length, nil
}

// Size is the length of the whole lines in bytes.
func (j *Journal) Size() int64 { return j.size }

// ReadAt implements io.ReaderAt.
func (j *Journal) ReadAt(p []byte, offset int64) (int, error) {
	if j.file == nil {
		return 0, io.EOF
	}
	return j.file.ReadAt(p, offset)
}

// Cut leaves the first bytes, which must be whole lines. It returns an error if the file is shorter.
func (j *Journal) Cut(size int64) error {
	if j.file == nil {
		return nil
	}
	if info, err := j.file.Stat(); err != nil || info.Size() < size {
		return fmt.Errorf("%s is shorter than %d bytes (%v): start again with --force", j.file.Name(), size, err)
	}
	if err := j.file.Truncate(size); err != nil {
		return fmt.Errorf("cannot cut %s: %w", j.file.Name(), err)
	}
	j.size = size
	_, err := j.file.Seek(size, io.SeekStart)
	return err
}

// Sync puts everything on the disk.
func (j *Journal) Sync() error {
	if j.file == nil {
		return nil
	}
	return j.file.Sync()
}

// Close closes the file; a second call does nothing.
func (j *Journal) Close() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}
