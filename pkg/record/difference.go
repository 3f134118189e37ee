package record

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// firstDifference finds the first field, in the order of names, in which two
// JSON values differ: its path and both values as JSON; "" if they are equal.
func firstDifference(path string, a, b any) (field, x, y string) {
	am, aIs := a.(map[string]any)
	bm, bIs := b.(map[string]any)
	if !aIs || !bIs {
		if reflect.DeepEqual(a, b) {
			return "", "", ""
		}
		if path == "" {
			path = "recipe"
		}
		return path, asJSON(a), asJSON(b)
	}
	all := maps.Clone(am)
	maps.Copy(all, bm)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		name := key
		if path != "" {
			name = path + "." + key
		}
		if field, x, y := firstDifference(name, am[key], bm[key]); field != "" {
			return field, x, y
		}
	}
	return "", "", ""
}

func asJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
