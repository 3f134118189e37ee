package record

import "fmt"

// ModelCascade is what a record says of a cascade of models beside the errors of the whole: its "certified error" is a
// bound of the cascade's robust error, the one of the clean choice is not. Errors are in percent.
type ModelCascade struct {
	Members []CascadeMember `json:"members"`
	// CleanChoiceError counts the samples for which the member that answers at the clean sample is not certified there:
	// what Wong et al. (2018) report. It is no bound of the cascade's error.
	CleanChoiceError float64 `json:"cleanChoiceError"`
	// RefutedError counts the samples that CleanChoiceError does not count, and which an attack changed nevertheless.
	RefutedError float64 `json:"refutedError"`
}

// CascadeMember is one model of a cascade.
type CascadeMember struct {
	TrainSamples   int     `json:"trainSamples,omitempty"` // that the members before it did not certify; 0: not known
	Answered       int     `json:"answered"`               // test samples that it is the first to certify
	StandardError  float64 `json:"standardError"`          // of the member alone
	CertifiedError float64 `json:"certifiedError"`         // of the member alone
}

// CascadeLines explains the errors of a cascade of models; none for another record.
func (r *Record) CascadeLines() []string {
	c, s := r.Cascade, r.Results[Test]
	if c == nil {
		return nil
	}
	var lines []string
	left := s.Samples
	for k, m := range c.Members {
		left -= m.Answered
		trained := ""
		if m.TrainSamples > 0 {
			trained = fmt.Sprintf(", trained on %d,", m.TrainSamples)
		}
		lines = append(lines, fmt.Sprintf("member %d%s is the first to certify %d of %d images; by itself: standard "+
			"error %.2f %%, certified error %.2f %%", k+1, trained, m.Answered, s.Samples, m.StandardError,
			m.CertifiedError))
	}
	lines = append(lines, fmt.Sprintf("no member certifies %d images: there the last member answers, without a proof",
		left), fmt.Sprintf("error of the clean choice (Wong et al. 2018): %.2f %% of the images are not certified by "+
		"the member that answers them unmoved", c.CleanChoiceError),
		"WARNING: the error of the clean choice is NO bound of the cascade's error under attack, for whoever moves an "+
			"image also moves which member answers")
	if s.PGDSteps > 0 {
		lines = append(lines, fmt.Sprintf("the attack on the whole cascade changed %.2f %% of the images although the "+
			"clean choice certifies them", c.RefutedError))
	}
	lines = append(lines, fmt.Sprintf("certified error %.2f %%: a bound of the cascade's error, the choice of the "+
		"member attacked too", s.CertifiedError))
	return append(lines, r.Notes...)
}
