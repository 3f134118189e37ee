package recipe

import "tightrope/pkg/record"

// errorColumns are the headers of the cells of [experiment.errors].
func errorColumns() []string {
	return []string{record.InPercent(record.StandardName), record.InPercent(record.PGDName),
		record.InPercent(record.CertifiedName)}
}

// errors are the standard, PGD and certified error on the test split.
func (e experiment) errors() []string {
	return []string{e.mean(record.StandardErrorOn(record.Test)),
		record.PGDCell(e.mean(record.PGDErrorOn(record.Test)), e.records...),
		e.mean(record.CertifiedErrorOn(record.Test))}
}
