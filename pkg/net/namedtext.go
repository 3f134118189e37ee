package net

// NamedText is the text (see [ParseArch]) of a named architecture, for readers; a name that is not known is an error.
func NamedText(name string, classes int) (string, error) { return textOf(name, classes) }
