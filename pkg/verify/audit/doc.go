// Package audit checks certificates against what they are said to prove. [cert.Check] confirms that a certificate
// proves its own statement; this package asks which statement that is: about which ball, how many different images, of
// which data set, and whether a verification's folder (decisions, certificates, recipe and record) holds together. It
// trusts nothing that the folder says.
package audit
