package modelcascade

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify"
	"tightrope/pkg/verify/audit"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// Proofs are what the verifications of all members prove of the cascade.
type Proofs struct {
	Samples  int
	Standard int // the cascade, whose members certify what was certified here, gives the image another class
	// CleanChoice: the first member that is certified gives the image its label, so that this member gives it to every
	// input of the ball. NOT a statement about the cascade at other inputs.
	CleanChoice int
	// Excluded: of those, the ones for which no sound bound could let another member answer with another class: each
	// earlier one gives the image its label, or is proved not to be constant on the ball.
	Excluded int
	// Robust: all members give the image its label, by proof, and the last one is certified: the cascade gives every
	// input of the ball the label, whatever sound bound its members use there.
	Robust int
	// Wrong: the first member that is certified gives another class.
	Wrong    int
	Answered []int // images that each member is the first to be certified on

	ball   ball.Ball // of a check
	says   [][]fact  // [member][image]
	labels []int32
}

// fact is what is proved of a member on an image.
type fact struct {
	class     int32
	proved    bool // that the member gives the image the class
	certified bool // and every input of the ball
	falsified bool // and not every input of the ball
}

func newProofs(samples, members int) *Proofs {
	return &Proofs{Samples: samples, Answered: make([]int, members), says: make([][]fact, members)}
}

// add reads the decisions on a member, whose images bear the classes that it gives them.
func (p *Proofs) add(ctx context.Context, k int, n *net.Network, set *data.Set, dir string, b ball.Ball) error {
	decisions, err := outcome.ReadDecisions(dir)
	if err != nil {
		return err
	}
	plain, err := cert.NewNetwork(n.Model())
	if err != nil {
		return err
	}
	p.says[k] = make([]fact, set.Len())
	for i, class := range set.Y {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.says[k][i] = fact{class: class, proved: provesClass(ctx, plain, b, image(set, i), int(class))}
	}
	for _, d := range decisions {
		if d.Index < 0 || d.Index >= set.Len() || d.Label != int(set.Y[d.Index]) {
			return fmt.Errorf("%s: the decision on image %d is about another image or class than member %d gives: "+
				"choose another --out, or replace it with --force", dir, d.Index, k+1)
		}
		f := &p.says[k][d.Index]
		f.certified, f.falsified = d.Verdict == outcome.Certified, d.Verdict == outcome.Falsified
	}
	return nil
}

// conclude counts what follows for images with these labels.
func (p *Proofs) conclude(labels []int32) {
	p.labels = labels
	for i, y := range labels {
		first := -1
		for k := range p.says {
			if p.says[k][i].certified {
				first = k
				break
			}
		}
		if first < 0 {
			p.Standard += count(p.says[len(p.says)-1][i].class != y)
			continue
		}
		p.Answered[first]++
		if p.says[first][i].class != y {
			p.Wrong, p.Standard = p.Wrong+1, p.Standard+1
			continue
		}
		p.CleanChoice++
		p.Excluded += count(p.excluded(i, first, y))
		p.Robust += count(p.robust(i, y))
	}
}

// excluded reports whether no member before one could be certified of another class than the label.
func (p *Proofs) excluded(i, first int, label int32) bool {
	for _, says := range p.says[:first] {
		if f := says[i]; !f.falsified && !(f.proved && f.class == label) {
			return false
		}
	}
	return true
}

// robust is what [Proofs.Robust] counts.
func (p *Proofs) robust(i int, label int32) bool {
	for _, says := range p.says {
		if !says[i].proved || says[i].class != label {
			return false
		}
	}
	return p.says[len(p.says)-1][i].certified
}

// Lines says in words what is proved and what is not.
func (p *Proofs) Lines() []string {
	var lines []string
	for k, n := range p.Answered {
		lines = append(lines, fmt.Sprintf("member %d is the first certified on %d of %d images", k+1, n, p.Samples))
	}
	return append(lines,
		fmt.Sprintf("clean choice (Wong et al. 2018): on %d of %d images the first certified member gives every "+
			"input of the ball the label; on %d of these no sound bound could let an earlier member answer "+
			"otherwise at the image itself; on %d images it gives a wrong class", p.CleanChoice, p.Samples, p.Excluded,
			p.Wrong),
		"WARNING: this is a theorem about that member, NOT about the cascade at other inputs of the ball, where "+
			"another member may answer",
		fmt.Sprintf("proved of the cascade: on %d of %d images it gives every input of the ball the label, whatever "+
			"sound bound its members use (all members give the image its label, and the last one is certified)",
			p.Robust, p.Samples))
}

// alone counts, for a member by itself, the images of another class than their label, and those certified of it.
func (p *Proofs) alone(k int) (wrong, certified int) {
	for i, f := range p.says[k] {
		wrong += count(f.class != p.labels[i])
		certified += count(f.class == p.labels[i] && f.certified)
	}
	return wrong, certified
}

// result are the errors of a record: the certified one is of the cascade.
func (p *Proofs) result(b ball.Ball, last outcome.Stage) (record.SplitResult, *record.ModelCascade) {
	percent := func(n int) float64 { return 100 * float64(n) / float64(max(1, p.Samples)) }
	s := outcome.Summary{Samples: p.Samples, Standard: p.Standard, Certified: p.Robust}
	c := &record.ModelCascade{CleanChoiceError: percent(p.Samples - p.CleanChoice)}
	for k, n := range p.Answered {
		wrong, certified := p.alone(k)
		c.Members = append(c.Members, record.CascadeMember{Answered: n, StandardError: percent(wrong),
			CertifiedError: percent(p.Samples - certified)})
	}
	return s.Result(b, last), c
}

// record is the record of a verification.
func (p *Proofs) record(o verify.CascadeOptions, set *data.Set) *record.Record {
	r := record.New("model cascade", record.Models)
	result, cascade := p.result(o.Ball, o.Until.End())
	r.Results, r.Cascade = map[string]record.SplitResult{record.Test: result}, cascade
	r.Dataset = record.Dataset{Name: set.Name, Hash: set.Hash()}
	r.Notes = p.Lines()
	return r
}

// Check checks the folder of a cascade's verification again: the folder of every member by [audit.Folder], about the
// classes that the member gives the images, and that the record says what follows. Options are those of the audit, but
// for Network and Images, which are the members' own. It returns an error if a folder cannot be read, the context
// ends, or something does not hold; report gets what was found of each member.
func Check(ctx context.Context, dir string, networks []*net.Network, set *data.Set, o audit.Options,
	report func(member int, r *audit.Report)) (*Proofs, error) {
	var recipe verificationRecipe
	if err := record.ReadRecipe(dir, &recipe); err != nil {
		return nil, err
	}
	if recipe.Kind != verificationKind || len(recipe.Members) != len(networks) {
		return nil, fmt.Errorf("%s is of the kind %.40q with %d members, not a verification of a cascade of %d: "+
			"give the right --model", dir, recipe.Kind, len(recipe.Members), len(networks))
	}
	if n := recipe.Members[0].Samples; n < 1 || n > set.Len() {
		return nil, fmt.Errorf("%s is of %d images, %s has %d: give the right --data", dir, n, set.Name, set.Len())
	}
	set = set.Head(recipe.Members[0].Samples)
	p := newProofs(set.Len(), len(networks))
	for k, n := range networks {
		if err := p.checkMember(ctx, dir, k, n, set, o, report); err != nil {
			return nil, fmt.Errorf("member %d: %w", k+1, err)
		}
	}
	p.conclude(set.Y)
	return p, p.compare(dir, recipe.Members[0])
}

// checkMember checks the folder of a member, and adds what it proves.
func (p *Proofs) checkMember(ctx context.Context, dir string, k int, n *net.Network, set *data.Set, o audit.Options,
	report func(member int, r *audit.Report)) (err error) {
	if o.Images, err = Labelled(n, set); err != nil {
		return err
	}
	if o.Network, err = cert.NewNetwork(n.Model()); err != nil {
		return err
	}
	own := filepath.Join(dir, memberName(k))
	r, err := audit.Folder(ctx, own, o)
	if err != nil {
		return err
	}
	report(k, r)
	if err := r.Err(); err != nil {
		return err
	}
	recipe, err := outcome.ReadRecipe(own)
	if err != nil {
		return err
	}
	b, err := recipe.Ball()
	if err != nil {
		return err
	}
	if k == 0 {
		p.ball = b
	}
	if recipe.Samples != set.Len() || !b.Equal(p.ball) {
		return fmt.Errorf("does not hold: it is verified on %d images and the ball %v, the first member on %d and %v",
			recipe.Samples, b, set.Len(), p.ball)
	}
	return p.add(ctx, k, n, o.Images, own, b)
}

// compare compares the record with what follows; a folder without one is unfinished.
func (p *Proofs) compare(dir string, recipe outcome.Recipe) error {
	r, err := record.Read(dir)
	if err != nil {
		return fmt.Errorf("the verification is unfinished: %w", err)
	}
	b, err := recipe.Ball()
	if err != nil {
		return err
	}
	until, err := outcome.ParseStage(recipe.Until)
	if err != nil {
		return err
	}
	result, cascade := p.result(b, until)
	if r.Kind != record.Models || !reflect.DeepEqual(r.Results[record.Test], result) ||
		!reflect.DeepEqual(r.Cascade, cascade) {
		return fmt.Errorf("does not hold: the record of %s does not say what the decisions on its members say", dir)
	}
	return nil
}
