package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Published is what others published of one network on the 10,000 test images of MNIST, l_inf and pixels in [0,1]:
// errors in percent, 0 where none was.
type Published struct {
	Name     string  // of the network, as its authors call it
	Network  string  // hash of the network
	Eps      float64 // pixel units
	Standard float64
	PGD      float64
	MILP     [2]float64 // between which the exact robust error lies, by mixed-integer programs with a limit of time
	LPAll    float64    // certified error by linear programs for every neuron
	FastLin  float64    // certified error
}

// SalmanSource is where the numbers of [Salman2019] are from.
const SalmanSource = "Salman et al. 2019, \"A Convex Relaxation Barrier to Tight Robustness Verification of Neural " +
	"Networks\""

// norMLP is the hash of the network that is quoted at several radii.
const norMLP = "c6cbdadcc1e07b31eb73efb3fc65d367281ce54f283ee0c5b8dabab924df2888"

// Salman2019 is the table of [SalmanSource] for networks of two hidden layers of 100 units ("MLP-B"): trained with the
// dual bound (lpd), with PGD (adv) and normally (nor). The authors put their MILP and LP columns at 22 years of
// processor time.
var Salman2019 = []Published{
	{"lpd_mlp_b_0.1", "6783b7af14411dc5bbe188857c9cbabb30d415515cd13c3da5e4321cac47c93d",
		0.1, 4.09, 13.39, [2]float64{14.45, 14.45}, 17.24, 18.32},
	{"lpd_mlp_b_0.2", "b2913e1878401c5f1972ce1344d830d0c684a1370057b7d83ce64395431f73c2",
		0.2, 15.72, 33.85, [2]float64{36.33, 36.33}, 37.50, 41.67},
	{"lpd_mlp_b_0.3", "b659045e00ac599be13ddea7723a1721a77a3c29998be11ade6224f41849922f",
		0.3, 39.22, 57.29, [2]float64{59.85, 59.85}, 60.17, 66.85},
	{"lpd_mlp_b_0.4", "abaf8e66c0525cfb1eed595baa5ed7eef4c3fac70f781225a16bd5e2c40d8bf9",
		0.4, 67.97, 81.85, [2]float64{83.17, 83.17}, 83.62, 87.89},
	{"adv_mlp_b_0.03", "ab449af8d86dcbde6c46e84d742418708d6c5abc0cff644db1870b5cf574432d",
		0.03, 1.53, 4.17, [2]float64{4.18, 5.78}, 10.04, 13.40},
	{"adv_mlp_b_0.05", "ad1d83a746602222b3cca35176a9f3668fd5087868c12d5320a26dcfef9828b3",
		0.05, 1.62, 6.06, [2]float64{6.11, 11.38}, 23.29, 33.09},
	{"adv_mlp_b_0.1", "ab061dcd7d70987c627b182a2aa6241e4ff2a8eefa29bb261465b54f82125ded",
		0.1, 3.33, 15.86, [2]float64{16.25, 34.37}, 61.59, 71.34},
	{"nor_mlp_b", norMLP, 0.02, 2.05, 10.06, [2]float64{10.16, 13.48}, 26.41, 35.11},
	{"nor_mlp_b", norMLP, 0.03, 2.05, 20.37, [2]float64{20.43, 48.67}, 65.70, 75.85},
	{"nor_mlp_b", norMLP, 0.05, 2.05, 53.37, [2]float64{53.37, 94.04}, 97.95, 99.39},
}

// SmallCNN is the convolutional network of the same collection, of which no exact error was published.
var SmallCNN = Published{Name: "mnist_cnn_small_lpd", Eps: 0.1,
	Network: "6478db2814280b247fbc9a06f33df9f74c1a8ded7ec41d7d7b2b1db5069c426f"}

// Whole is how many images the published errors count.
const Whole = 10000

// Verification is the verification of the most images, the last of these, of the published network at its radius; nil
// where the records have none.
func (p Published) Verification(records []*Record) *Record {
	var best *Record
	for _, r := range records {
		if !p.isOf(r) {
			continue
		}
		if best == nil || r.Results[Test].Samples > best.Results[Test].Samples ||
			r.Results[Test].Samples == best.Results[Test].Samples && r.Started.After(best.Started) {
			best = r
		}
	}
	return best
}

// isOf reports whether a record verifies the network until branch and bound or further on the published ball.
func (p Published) isOf(r *Record) bool {
	var recipe struct {
		Network string  `json:"network"`
		Eps     float64 `json:"eps"`
		Until   string  `json:"until"`
	}
	if r.Kind != Verify || json.Unmarshal(r.Recipe, &recipe) != nil || len(r.Results) != 1 {
		return false
	}
	result := r.Results[Test]
	_, _, known := r.RobustInterval()
	complete := slices.Contains([]string{"bab", "BaB", "milp", "MILP"}, recipe.Until)
	return known && complete && recipe.Network == p.Network && recipe.Eps == p.Eps && result.Norm == "linf" &&
		result.Box != nil && *result.Box == [2]float64{0, 1}
}

// RobustInterval is the interval in percent in which a verification's exact robust error lies by checked proofs, and
// whether the record tells.
func (r *Record) RobustInterval() (low, high float64, known bool) {
	if r.Kind != Verify || len(r.Notes) == 0 {
		return 0, 0, false
	}
	_, err := fmt.Sscanf(r.Notes[0], strings.ReplaceAll(robustNote, "%.2f", "%f"), &low, &high)
	return low, high, err == nil && r.Notes[0] == RobustNote(low, high)
}
