package strictjson

import (
	"strings"
	"testing"
)

type inner struct {
	A int `json:"a"`
	B int `json:"b,omitempty"`
}

type outer struct {
	One  int     `json:"one"`
	In   inner   `json:"in"`
	More []inner `json:"more,omitempty"`
	Ptr  *inner  `json:"ptr,omitempty"`
}

func TestUnmarshal(t *testing.T) {
	for text, want := range map[string]string{
		`{"one":1,"in":{"a":2}}`:                        "",
		`{"one":1,"in":{"a":2},"more":[{"a":3,"b":4}]}`: "",
		`{"one":1,"in":{"a":2},"ptr":{"a":3}}`:          "",
		`{"one":1}`:                                     `"in" is missing`,
		`{"in":{"a":2}}`:                                `"one" is missing`,
		`{"one":1,"in":{}}`:                             `"a" is missing`,
		`{"one":1,"in":{"a":2},"more":[{"b":4}]}`:       `"a" is missing`,
		`{"one":1,"in":{"a":2},"ptr":{"b":4}}`:          `"a" is missing`,
		`{"One":1,"in":{"a":2}}`:                        "One",
		`{"one":1,"ONE":2,"in":{"a":2}}`:                "ONE",
		`{"one":1,"one":2,"in":{"a":2}}`:                "one",
		`{"one":1,"in":{"a":2,"a":3}}`:                  "a",
		`{"one":1,"in":{"a":2},"other":0}`:              "other",
		`{"one":1,"in":{"a":2,"c":0}}`:                  "c",
		`{"one":null,"in":{"a":2}}`:                     "null",
		`{"one":1,"in":null}`:                           "null",
		`{"one":1,"in":{"a":2},"ptr":null}`:             "null",
		`{"one":1,"in":{"a":2},"more":[null]}`:          "null",
		`{"one":1.5,"in":{"a":2}}`:                      "one",
		`{"one":1,"in":{"a":2}} {"one":1,"in":{"a":2}}`: "after top-level value",
		`{"one":99999999999999999999999,"in":{"a":2}}`:  "one",
		`[{"one":1,"in":{"a":2}}]`:                      "",
		``:                                              "EOF",
	} {
		var v outer
		err := Unmarshal([]byte(text), &v)
		if text[:min(1, len(text))] == "[" {
			if err == nil {
				t.Errorf("%s: read into a struct", text)
			}
			continue
		}
		if (err == nil) != (want == "") || err != nil &&
			(!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
