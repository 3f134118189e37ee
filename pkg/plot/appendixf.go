package plot

import (
	"fmt"

	"gonum.org/v1/plot/vg"

	"tightrope/pkg/record"
)

// AppendixF draws the errors of networks trained for l_2 by IBP and by CP, and for the matching l_inf radius by IBP,
// each measured for its own threat by its own bound: means over seeds with their 95 % interval. No record is an error.
func AppendixF(records ...*record.Record) (*Figure, error) {
	all, err := settings(records)
	if err != nil {
		return nil, err
	}
	looks := []struct {
		label  string
		look   look
		metric record.Metric
	}{{record.StandardName, standardLook, record.StandardErrorOn(record.Test)}, {pgdLabel(records),
		techniqueLook(attackName), record.PGDErrorOn(record.Test)},
		{record.CertifiedName, certifiedLook, record.CertifiedErrorOn(record.Test)}}
	p := newPanel("", "", "error on test images, %")
	var names []string
	var legend []entry
	for _, s := range all {
		names = append(names, threatName(s))
	}
	for k, l := range looks {
		w := whiskers{look: l.look, apart: true}
		for i, s := range all {
			m, err := s.Summary(l.metric)
			if err != nil {
				return nil, err
			}
			w.add(float64(i)+0.12*float64(k-1), m)
		}
		p.Add(w)
		legend = append(legend, entry{label: l.label, look: l.look, mark: true})
	}
	p.X.Tick.Marker, p.X.Tick.Length = nameTicks(names), 0
	p.X.Min, p.X.Max, p.Y.Min = -0.5, float64(len(all))-0.5, 0
	p.Y.Max *= 1.05
	return &Figure{Name: "appendix-f", Records: records, Caption: appendixCaption(all), heads: [][]entry{legend},
		panels: [][]panel{{p}}, height: panelHeight * vg.Length(1.2)}, nil
}

// pgdLabel names the PGD error, with how many images were attacked where these are not all.
func pgdLabel(records []*record.Record) string { return record.PGDCell(record.PGDName, records...) }

// threatName is the bound and the threat of a setting's runs.
func threatName(s setting) string {
	r := s.Records[0].Results[record.Test]
	return fmt.Sprintf("%s(%s, %.3g)", r.Technique, normSign(r.Norm), r.Eps)
}

func appendixCaption(all []setting) string {
	text := "Certified error:"
	for i, s := range all {
		m, err := s.Summary(record.CertifiedErrorOn(record.Test))
		if err != nil {
			return "Certified errors for l_2."
		}
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(" %s %.1f %%", threatName(s), m.Mean)
	}
	return fmt.Sprintf("%s (%d seeds).", text, len(all[0].Records))
}
