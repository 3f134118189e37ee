package data

// folder maps the names of files to their paths, whatever subfolder they are in.
type folder map[string]string

// path finds a file; the error is ErrMissing.
func (from folder) path(name string) (string, error) {
	if path, ok := from[name]; ok {
		return path, nil
	}
	return "", &kindError{ErrMissing, "there is no " + name}
}
