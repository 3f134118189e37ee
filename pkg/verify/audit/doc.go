// Package audit compares certificates with what they are claimed to prove. [cert.Check] confirms that a certificate
// proves its own statement; this package checks which statement that is: about which ball, how many different images
// and which data set, and whether a verification's folder (decisions, certificates, recipe and record) is consistent.
// It trusts nothing in the folder.
package audit
