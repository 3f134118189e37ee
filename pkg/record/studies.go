package record

// The kinds of records that package study makes, told apart by what they hold. A `tightrope ladder` record has a
// ladder, too, but is no study.

// IsToyCheck reports whether the record is a check of Claim 1.
func (r *Record) IsToyCheck() bool { return r.Toy != nil }

// IsToyLadder reports whether the record is the ladder of bounds on the toy.
func (r *Record) IsToyLadder() bool { return r.Kind == Toy && len(r.Ladder) > 0 }

// IsPairs reports whether the record holds pairs of d and r for Proposition 1.
func (r *Record) IsPairs() bool { return len(r.Pairs) > 0 }

// IsCourse reports whether the record holds trainings on the plane.
func (r *Record) IsCourse() bool { return r.Course != nil }

// IsNoise reports whether the record measures the noise of random projections.
func (r *Record) IsNoise() bool { return len(r.Noise) > 0 }

// Bounded reports whether the run trained on bounds, so that tightness says something of it: the method "cp".
func (r PlaneRun) Bounded() bool { return r.Method == "cp" }

// IsDistances reports whether the record measures how far attacks end from the exact minimal distortion.
func (r *Record) IsDistances() bool { return r.Distances != nil }
