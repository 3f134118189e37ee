package record

import (
	"cmp"
	"encoding/json"
	"fmt"
)

// The names of the three errors, in every table, figure and notebook. A certified error counts the images that are
// *not* certified, an upper bound of the robust error; a PGD error those that an attack changed, a lower bound.
const (
	StandardName  = "standard error"
	PGDName       = "PGD error"
	CertifiedName = "certified error"
)

// InPercent is the header of a column, or the title of an axis, of a quantity in percent.
func InPercent(name string) string { return name + " %" }

// FirstAttacked returns the number of images that were attacked where these are only the first of a split, and 0 where
// they are all, or none, or where nobody knows.
func (r *Record) FirstAttacked(split string) int {
	if n, known := r.attacked(split); known && n < r.Results[split].Samples {
		return n
	}
	return 0
}

// attacked is the number of images of a split that were attacked. Of an older attack the recipe tells.
func (r *Record) attacked(split string) (n int, known bool) {
	s := r.Results[split]
	switch {
	case s.PGDSteps == 0:
		return s.Samples, true
	case s.Attack != nil:
		return s.Attack.Images, true
	}
	var recipe struct {
		Eval *struct {
			Images int `json:"pgd_samples"` // 0: all
		} `json:"eval"`
	}
	if json.Unmarshal(r.Recipe, &recipe) != nil || recipe.Eval == nil {
		return 0, false
	}
	return min(cmp.Or(recipe.Eval.Images, s.Samples), s.Samples), true
}

// AttackWords tells how a split was attacked: steps, starts of the attack, images, and whether it was an older one. It
// is empty where there was no attack.
func (r *Record) AttackWords(split string) string {
	s := r.Results[split]
	if s.PGDSteps == 0 {
		return ""
	}
	text := fmt.Sprintf("%d steps", s.PGDSteps)
	if s.Attack != nil && s.Attack.Restarts > 0 {
		text += fmt.Sprintf(", %d starts", 1+s.Attack.Restarts)
	}
	switch n, known := r.attacked(split); {
	case known && n < s.Samples:
		text += fmt.Sprintf(", first %d images", n)
	case known:
		text += ", all images"
	}
	if s.OlderAttack() {
		text += ", older attack"
	}
	return text
}

// PGDCell is a PGD error in percent as a table shows it: with how many images were attacked where these are not all of
// the row's, so that nobody compares it with the errors beside it. An empty text, a number that there is not, stays.
func PGDCell(percent string, records ...*Record) string {
	least, most := 0, 0
	for i, r := range records {
		n := r.FirstAttacked(Test)
		if i == 0 {
			least = n
		}
		least, most = min(least, n), max(most, n)
	}
	switch {
	case most == 0:
		return percent
	case least == most:
		return fmt.Sprintf("%s (first %d images)", percent, most)
	}
	return fmt.Sprintf("%s (not of all images)", percent)
}
