package record

import "testing"

// TestTitlesHaveNoHash: a recipe that was cut is named by its epochs and images.
func TestTitlesHaveNoHash(t *testing.T) {
	for recipe, want := range map[string]string{
		`{"scale":"custom","train_samples":2000,"train":{"epochs":6}}`: "a/b, 6 epochs of 2000 images",
		`{"scale":"custom","train":{"epochs":20}}`:                     "a/b, 20 epochs",
		`{"scale":"paper","train":{"epochs":80}}`:                      "a/b (paper)",
		`{}`: "a/b",
	} {
		r := New("a/b", Train)
		r.Recipe = []byte(recipe)
		if got := Settings([]*Record{r})[0].Title(); got != want {
			t.Errorf("%s: %q, want %q", recipe, got, want)
		}
	}
}
