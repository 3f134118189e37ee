// Package report makes tables of the records of trainings: the paper's Tables 1, 2 and 4 beside published values, with
// the cost of rows that were not run; the summary of a sweep with its paired differences; and the settings that a
// validation split chooses. Every table is a header and rows of text, which package record writes as Markdown, CSV or
// plain text. Errors are in percent.
package report
