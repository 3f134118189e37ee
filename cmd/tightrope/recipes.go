package main

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

func recipesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "recipes [PATTERN]", Short: "List the recipes", Args: atMostOne("a pattern", "tightrope recipes mnist"),
		Long: "List the recipes with their epochs at both scales, the weights λ and γ of the regularized run, and " +
			"the number of runs planned. Members of a family whose rows are equal share one line. With PATTERN, list " +
			"the recipes whose names contain it or, if it contains * or ?, match it, each on its own line.\n\n" +
			"The weights are this project's own, not those of the paper's tables. tightrope sweep RECIPE --pair " +
			"trains a recipe with and without them.",
		RunE: func(cmd *cobra.Command, args []string) error {
			names := recipe.Names()
			if len(args) == 1 {
				var err error
				if names, err = matching(names, args[0]); err != nil {
					return err
				}
			}
			rows, err := recipeRows(names)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				rows = joined(rows)
			}
			return record.WriteTable(cmd.OutOrStdout(), record.Plain,
				[]string{"recipe", "quick epochs", "paper epochs", "λ", "γ", "runs", "about"}, rows)
		},
	}
}

// matching returns the names that contain a pattern or, if it has wildcards, match it; an error if there are none.
func matching(names []string, pattern string) ([]string, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("pattern %q: %w: use part of a name, or * and ? as in 'small/mnist*'", pattern, err)
	}
	found := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		matched, _ := path.Match(pattern, name)
		return !matched && !strings.Contains(name, pattern)
	})
	if len(found) == 0 {
		return nil, fmt.Errorf("no recipe matches %q: tightrope recipes lists all of them", pattern)
	}
	return found, nil
}

// recipeRows returns a row of cells for each recipe, its name first, with members of families in numerical order.
func recipeRows(names []string) (rows [][]string, err error) {
	for _, name := range names {
		quick, err := recipe.Get(name, recipe.Quick)
		if err != nil {
			return nil, err
		}
		paper, err := recipe.Get(name, recipe.Paper)
		if err != nil {
			return nil, err
		}
		p := paper.Plan
		rows = append(rows, []string{name, fmt.Sprint(quick.Train.Epochs), fmt.Sprint(paper.Train.Epochs),
			fmt.Sprint(p.Lambda), fmt.Sprint(p.Gamma), fmt.Sprint(max(1, p.Seeds)), paper.About})
	}
	slices.SortStableFunc(rows, func(a, b []string) int { return byMember(a[0], b[0]) })
	return rows, nil
}

var numbered = regexp.MustCompile(`^(.*/)(\d+)(-.*)?$`)

// member splits the name of a family's member, such as family/3-0.1, at its number. For any other name the number is 0.
func member(name string) (before string, number int, after string) {
	m := numbered.FindStringSubmatch(name)
	if m == nil {
		return name, 0, ""
	}
	number, err := strconv.Atoi(m[2])
	if err != nil {
		return name, 0, ""
	}
	return m[1], number, m[3]
}

// byMember compares names such that the members of a family follow one another by their numbers.
func byMember(a, b string) int {
	before, i, after := member(a)
	other, j, rest := member(b)
	return cmp.Or(strings.Compare(before, other), strings.Compare(after, rest), i-j)
}

// joined returns sorted rows with one row, such as family/1..10, for consecutive members that differ only in their
// names.
func joined(rows [][]string) (all [][]string) {
	for i := 0; i < len(rows); {
		before, first, after := member(rows[i][0])
		end := i + 1
		for first > 0 && end < len(rows) {
			b, n, a := member(rows[end][0])
			if b != before || a != after || n != first+end-i || !slices.Equal(rows[end][1:], rows[i][1:]) {
				break
			}
			end++
		}
		row := rows[i]
		if end > i+1 {
			row = append([]string{fmt.Sprintf("%s%d..%d%s", before, first, first+end-1-i, after)}, row[1:]...)
		}
		all = append(all, row)
		i = end
	}
	return all
}
