package graphgen

import (
	"fmt"

	"tightrope/pkg/ball"
)

// MaxDepth is the largest number of weighted layers, MaxExponent the largest exponent of a scale, which is a power of
// two.
const (
	MaxDepth    = 6
	MaxExponent = 20
)

// Feature is a property of a case. A search that has met each of them many times has met the kind.
type Feature string

// The features, beside those of [Depth], [Layer] and [OfNorm].
const (
	ReluOnInput    Feature = "relu reads the input"
	SumWithInput   Feature = "add reads the input"
	SumWithRelu    Feature = "add reads a relu"
	SumWithLinear  Feature = "add reads a linear layer"
	Twice          Feature = "add reads a vertex twice"
	ThreeTerms     Feature = "add of three"
	Projection     Feature = "residual edge through a layer of its own"
	ReluOnSum      Feature = "relu reads an add"
	ReluOnRelu     Feature = "relu reads a relu"
	NoRelu         Feature = "no relu"
	LastRelu       Feature = "logits are relus"
	LastSum        Feature = "logits are an add"
	Image          Feature = "image"
	OddStride      Feature = "stride above 1"
	UnequalStrides Feature = "strides that differ by axis"
	Padded         Feature = "padding"
	UnequalPadding Feature = "padding that differs by axis"
	OnlyPadding    Feature = "windows of padding alone"
	Boxed          Feature = "box"
	NoBox          Feature = "no box"
	ZeroWidth      Feature = "box of width 0"
	FeatureRadii   Feature = "radii per feature"
	ZeroRadius     Feature = "radius 0 of a feature"
	OnBorder       Feature = "input on the box's border"
	EpsZero        Feature = "eps 0"
	EpsLarge       Feature = "eps larger than the box"
	SmallScale     Feature = "scale of 2^-10 and less"
	LargeScale     Feature = "scale of 2^10 and more"
	ClippedSum     Feature = "add reads the input of a clipped l2 or l1 ball"
	ClippedRelu    Feature = "relu reads the input of a clipped l2 or l1 ball"
)

// Depth is the feature of a number of weighted layers.
func Depth(n int) Feature { return Feature(fmt.Sprintf("depth %d", n)) }

// Layer is the feature of a layer's type, as in [net.LayerSpec].
func Layer(kind string) Feature { return Feature("layer " + kind) }

// OfNorm is the feature of a norm.
func OfNorm(n ball.Norm) Feature { return Feature("norm " + n.String()) }

// Features of cases with [Options.Smooth] alone.
const (
	SmoothOnInput      Feature = "smooth activation reads the input"
	SmoothOnSum        Feature = "smooth activation reads an add"
	SmoothOnActivation Feature = "smooth activation reads an activation"
)

// SmoothFeatures are those that only cases with [Options.Smooth] have.
func SmoothFeatures() []Feature {
	return []Feature{SmoothOnInput, SmoothOnSum, SmoothOnActivation, Layer("sigmoid"), Layer("tanh"), Layer("softplus")}
}

// Features lists all that cases without [Options.Smooth] have.
func Features() []Feature {
	all := []Feature{ReluOnInput, SumWithInput, SumWithRelu, SumWithLinear, Twice, ThreeTerms, Projection, ReluOnSum,
		ReluOnRelu, NoRelu,
		LastRelu, LastSum, Image, OddStride, UnequalStrides, Padded, UnequalPadding, OnlyPadding, Boxed, NoBox,
		ZeroWidth, FeatureRadii, ZeroRadius,
		OnBorder, EpsZero, EpsLarge, SmallScale, LargeScale, ClippedSum, ClippedRelu}
	for n := 1; n <= MaxDepth; n++ {
		all = append(all, Depth(n))
	}
	for _, kind := range [...]string{"dense", "conv", "avgpool", "batchnorm", "normalize", "flatten", "relu", "add"} {
		all = append(all, Layer(kind))
	}
	return append(all, OfNorm(ball.Linf), OfNorm(ball.L2), OfNorm(ball.L1))
}
