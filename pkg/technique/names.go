package technique

import (
	"fmt"
	"slices"
	"strings"

	"tightrope/internal/near"
)

// String is the technique's name in tables, records and figures.
func (t ID) String() string {
	if t < 0 || t >= count {
		return fmt.Sprintf("technique(%d)", int(t))
	}
	return table[t].Name
}

// MarshalText implements encoding.TextMarshaler.
func (t ID) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *ID) UnmarshalText(b []byte) (err error) {
	*t, err = Parse(string(b))
	return err
}

// spellings are all texts that stand for a technique.
func (t *Technique) spellings() []string { return append([]string{t.Name, t.Key}, t.Aliases...) }

// Find returns the technique with a spelling, in upper or lower case.
func Find(name string) (ID, bool) {
	for i := range table {
		if slices.ContainsFunc(table[i].spellings(), func(s string) bool { return strings.EqualFold(s, name) }) {
			return ID(i), true
		}
	}
	return 0, false
}

// Parse is [Find] with an error that names the techniques.
func Parse(name string) (ID, error) { return ParseOf(name, func(Technique) bool { return true }) }

// ParseOf reads the name of one of the techniques for which offered is true; the error lists them.
func ParseOf(name string, offered func(Technique) bool) (ID, error) {
	if t, ok := Find(name); ok && offered(table[t]) {
		return t, nil
	}
	keys := Keys(offered)
	hint := ""
	if like := near.One(strings.ToLower(name), keys); like != "" {
		hint = fmt.Sprintf("; did you mean %s?", like)
	}
	return 0, fmt.Errorf("technique %.40q: use one of %s%s", name, strings.Join(keys, ", "), hint)
}

// Of are the techniques for which offered is true, in order.
func Of(offered func(Technique) bool) (all []ID) {
	for _, t := range table {
		if offered(t) {
			all = append(all, t.ID)
		}
	}
	return all
}

// Keys are the command line's names of the techniques for which offered is true.
func Keys(offered func(Technique) bool) (keys []string) {
	for _, t := range Of(offered) {
		keys = append(keys, table[t].Key)
	}
	return keys
}

// ForGraph reports whether a technique bounds batches in a compiled graph.
func ForGraph(t Technique) bool { return t.Uses.Graph }

// ForLadder reports whether a technique is a rung of ladder and radius.
func ForLadder(t Technique) bool { return t.Uses.Ladder }

// ByDefault reports whether a technique is a rung of the ladder if none is named.
func ByDefault(t Technique) bool { return t.Uses.Ladder && !t.Uses.Named }

// OnRequest reports whether a technique is a rung of the ladder only if it is named.
func OnRequest(t Technique) bool { return t.Uses.Ladder && t.Uses.Named }

// ForStage reports whether a technique is a stage of verify.
func ForStage(t Technique) bool { return t.Uses.Stage }

// OfRelus reports whether a technique knows no activation but relu.
func (t ID) OfRelus() bool { return t.Row().Relus }

// ForSearch reports whether a technique is an attack of eval and of radius --attacks.
func ForSearch(t Technique) bool { return t.Uses.Search }
