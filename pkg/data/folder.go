package data

import (
	"fmt"
	"image"
	"image/color"
	_ "image/gif"  // decoders of LoadFolder
	_ "image/jpeg" // "
	_ "image/png"  // "
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// LoadFolder reads a user's own images from DIR/CLASS/*.png, .jpg, .jpeg or .gif: one subfolder per class, in the order
// of their names (or of ClassNames, so that training and test folders agree). All images must have one size. The first
// one decides between one channel (grey) and three (colour); transparency shows black. It returns an error, which names
// the file, for an image that cannot be read or has another size, and if there are none.
func LoadFolder(dir string, opts ImportOptions) (*Set, error) {
	if len(opts.ClassNames) == 0 {
		names, err := subfolders(dir)
		if err != nil {
			return nil, err
		}
		opts.ClassNames = names
	}
	if opts.Name == "" {
		opts.Name = filepath.Base(dir)
	}
	set := &Set{Name: opts.Name, ClassNames: opts.ClassNames}
	for label, class := range opts.ClassNames {
		if err := appendClass(set, filepath.Join(dir, class), int32(label)); err != nil {
			return nil, err
		}
	}
	if opts.Divide != 0 {
		for i := range set.X {
			set.X[i] /= opts.Divide
		}
	}
	return opts.finish(set)
}

func subfolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if info, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && info.IsDir() &&
			!strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: there are no subfolders in it: put the images of each class in a folder of its own",
			dir)
	}
	return names, nil
}

var imageTypes = []string{".png", ".jpg", ".jpeg", ".gif"}

func appendClass(set *Set, dir string, label int32) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !slices.Contains(imageTypes, strings.ToLower(filepath.Ext(e.Name()))) || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := appendImage(set, filepath.Join(dir, e.Name())); err != nil {
			return err
		}
		set.Y = append(set.Y, label)
	}
	return nil
}

func appendImage(set *Set, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	picture, _, err := image.Decode(f)
	if err != nil {
		return fmt.Errorf("%s: %w: remove the file, or save it as PNG or JPEG", path, err)
	}
	size := picture.Bounds().Size()
	if set.Shape == nil {
		set.Shape = []int{channelsOf(picture), size.Y, size.X}
	}
	if size.Y != set.Shape[1] || size.X != set.Shape[2] {
		return fmt.Errorf("%s: %d x %d pixels, but the first image has %d x %d: resize all to one size", path, size.X,
			size.Y, set.Shape[2], set.Shape[1])
	}
	set.X = appendPixels(set.X, picture, set.Shape[0])
	return nil
}

func channelsOf(picture image.Image) int {
	if m := picture.ColorModel(); m == color.GrayModel || m == color.Gray16Model {
		return 1
	}
	return 3
}

// appendPixels adds a picture as [channels, height, width], in [0, 1].
func appendPixels(x []float32, picture image.Image, channels int) []float32 {
	const white = 0xffff // of the 16-bit colours that RGBA and Gray16 give; v*257/65535 = v/255 for 8-bit images
	bounds := picture.Bounds()
	for c := range channels {
		for row := bounds.Min.Y; row < bounds.Max.Y; row++ {
			for col := bounds.Min.X; col < bounds.Max.X; col++ {
				pixel := picture.At(col, row)
				v := uint32(color.Gray16Model.Convert(pixel).(color.Gray16).Y)
				if channels == 3 {
					r, g, b, _ := pixel.RGBA()
					v = [3]uint32{r, g, b}[c]
				}
				x = append(x, float32(v)/white)
			}
		}
	}
	return x
}
