// Package near finds the name that somebody meant who mistyped it.
package near

// One returns the name that is nearest to a word by its edit distance, where at most a quarter of the word, or one
// letter, would have to change; else, and where two are as near, an empty text.
func One(word string, names []string) string {
	best, least, twice := "", max(1, len([]rune(word))/4)+1, false
	for _, name := range names {
		switch d := Distance(word, name); {
		case d < least:
			best, least, twice = name, d, false
		case d == least && best != "":
			twice = true
		}
	}
	if twice {
		return ""
	}
	return best
}

// Distance is the least number of letters that must be inserted, deleted or replaced to make b of a (Levenshtein).
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1) // distances of the part of x so far to the parts of y
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range y {
			replaced := diagonal
			if r != s {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
