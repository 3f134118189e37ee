package train

// natural is the cross-entropy of the clean inputs.
func natural(b *batch) measures { return b.measured(b.cleanMargins()) }
