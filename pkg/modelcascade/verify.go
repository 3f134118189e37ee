package modelcascade

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// Verification says how a cascade is verified.
type Verification struct {
	Dir      string          // its folder, with one inside it for each member
	Existing record.Existing // what to do with a verification that the folder holds
	Options  verify.CascadeOptions
	// Recipe is that of a member's folder, counted from 0, whose images bear the classes that the member gives them.
	Recipe func(member int, set *data.Set) (outcome.Recipe, error)
	// Begin is called before a member is verified, with the path of its folder; nil: nobody wants to know.
	Begin func(member int, dir string)
}

// verificationRecipe is what recipe.json of a cascade's verification holds.
type verificationRecipe struct {
	Kind    string           `json:"kind"`
	Hashes  []string         `json:"hashes"`
	Members []outcome.Recipe `json:"members"`
}

// verificationKind is [verificationRecipe.Kind].
const verificationKind = "verification of a model cascade"

// IsVerification reports whether a folder is that of a cascade's verification.
func IsVerification(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, memberName(0), outcome.DecisionsName))
	return err == nil
}

// Verify verifies every member on all images, each about the classes that it gives them itself, whatever their labels:
// a certificate says that the member gives every input of the ball that class, a falsified one that it does not. The
// folders of the members are verifications as any other. It returns what follows for the cascade, and the record, which
// is written too. A cancelled context ends it with the context's error; with record.Resume it continues.
func Verify(ctx context.Context, backend compute.Backend, networks []*net.Network, set *data.Set, v Verification) (
	*Proofs, *record.Record, error) {
	folder, err := record.Create(v.Dir, v.Existing, filepath.Join("member-*", outcome.DecisionsName))
	if err != nil {
		return nil, nil, err
	}
	defer folder.Close()
	labelled, err := v.begin(folder, networks, set)
	if err != nil {
		return nil, nil, err
	}
	p := newProofs(set.Len(), len(networks))
	for k, n := range networks {
		if err := v.member(ctx, backend, k, n, labelled[k]); err != nil {
			return nil, nil, fmt.Errorf("member %d: %w", k+1, err)
		}
		if err := p.add(ctx, k, n, labelled[k], filepath.Join(v.Dir, memberName(k)), v.Options.Ball); err != nil {
			return nil, nil, err
		}
	}
	p.conclude(set.Y)
	r := p.record(v.Options, set)
	return p, r, folder.Finish(r)
}

// begin writes the recipe, and labels the images for each member.
func (v *Verification) begin(folder *record.Run, networks []*net.Network, set *data.Set) (labelled []*data.Set,
	err error) {
	r := verificationRecipe{Kind: verificationKind}
	for k, n := range networks {
		own, err := Labelled(n, set)
		if err != nil {
			return nil, err
		}
		each, err := v.Recipe(k, own)
		if err != nil {
			return nil, err
		}
		labelled, r.Hashes, r.Members = append(labelled, own), append(r.Hashes, n.Hash()), append(r.Members, each)
	}
	if err := folder.SetRecipe(r); err != nil || v.Existing != record.Replace {
		return labelled, err
	}
	old, err := filepath.Glob(filepath.Join(v.Dir, "member-*"))
	for _, dir := range old {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return labelled, err
}

// Labelled are the same images with the classes that a network gives them, in float64, as labels.
func Labelled(n *net.Network, set *data.Set) (*data.Set, error) {
	plain, err := cert.NewNetwork(n.Model())
	if err != nil {
		return nil, err
	}
	if n.InputSize() != set.Dim() {
		return nil, fmt.Errorf("network %q takes %d inputs, an image of %s has %d: give the data of its training",
			n.Name, n.InputSize(), set.Name, set.Dim())
	}
	own := *set
	own.Y = slices.Clone(set.Y)
	for i := range own.Y {
		own.Y[i] = largest(plain.Forward(image(set, i)))
	}
	return &own, nil
}

// image is a sample in float64.
func image(set *data.Set, i int) []float64 {
	x := make([]float64, set.Dim())
	for k, v := range set.Sample(i) {
		x[k] = float64(v)
	}
	return x
}

// member verifies one member in its folder; what has ended is taken over.
func (v *Verification) member(ctx context.Context, backend compute.Backend, k int, n *net.Network,
	set *data.Set) error {
	o := v.Options
	o.Dir = filepath.Join(v.Dir, memberName(k))
	if v.Begin != nil {
		v.Begin(k, o.Dir)
	}
	folder, err := verify.OpenFolder(o.Dir, record.Resume)
	if err != nil {
		return err
	}
	defer folder.Close()
	recipe, err := v.Recipe(k, set)
	if err != nil {
		return err
	}
	if err := folder.SetRecipe(recipe); err != nil {
		return err
	}
	s, err := verify.Cascade(ctx, backend, n, set, o)
	if s == nil {
		return err
	}
	earlier, other := s.KeepSession(o.Dir)
	if err = errors.Join(err, other); err != nil {
		return err
	}
	r := verify.Record(s, n.Name, o, earlier...)
	r.Dataset = record.Dataset{Name: recipe.Data, Hash: set.Hash()}
	r.SetModel(n.Origin)
	return folder.Finish(r)
}

// provesClass reports whether the checker confirms, by intervals with outward rounding, that a network gives an image a
// class.
func provesClass(ctx context.Context, plain *cert.Network, b ball.Ball, x []float64, class int) bool {
	b.Eps = 0
	_, err := cert.Check(ctx, plain, cert.ByRule(plain, b, x, class, "", nil, cert.Interval))
	return err == nil
}
