// Package modelcascade trains, measures and verifies cascades of models (Wong et al. 2018): a sequence of networks, its
// members, each trained on what the earlier ones do not certify. It has nothing to do with the stages of package
// verify, which decide about one network.
//
// At an input z that member answers which is the first whose bound proves that it gives all inputs of the ball B(z) one
// class; where none does, the last member answers. Two statements about an image x with label y must be kept apart:
//
//   - Of the clean choice (Wong et al. 2018): the member that answers at x gives every input of B(x) the class y. This
//     is a theorem about that member. It is NOT a bound of the cascade's error, because a change of x may also change
//     which member answers (Mangal et al. 2023).
//   - Of the cascade: at every x' of B(x) the cascade answers y. It holds where all members give x the class y and the
//     last one is certified on B(x): if member j is certified at x' of class c, then j gives x that class, for x lies
//     in B(x'); and where no member is certified at x', the last one gives y.
//
// docs/method.md, section 13, has the proof, and a further case for interval bounds.
package modelcascade
