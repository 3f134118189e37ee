package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
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

// PGDCell is the mean PGD error of records in percent as a table shows it: with the steps of the attack, and with how
// many images were attacked where these are not all of the row's, so that nobody compares it with the errors beside
// it. The text stands alone where the records were not attacked.
func PGDCell(percent string, records ...*Record) string {
	var parts []string
	if steps, same := shared(records, func(r *Record) int { return r.Results[Test].PGDSteps }); same && steps > 0 {
		parts = append(parts, fmt.Sprintf("%d steps", steps))
	}
	switch first, same := shared(records, func(r *Record) int { return r.FirstAttacked(Test) }); {
	case !same:
		parts = append(parts, "not of all images")
	case first > 0:
		parts = append(parts, fmt.Sprintf("first %d images", first))
	}
	if len(parts) == 0 {
		return percent
	}
	return fmt.Sprintf("%s (%s)", percent, strings.Join(parts, ", "))
}

// shared is a number that all records have, and whether it is the same.
func shared(records []*Record, of func(*Record) int) (n int, same bool) {
	for i, r := range records {
		if v := of(r); i == 0 {
			n = v
		} else if v != n {
			return 0, false
		}
	}
	return n, true
}
