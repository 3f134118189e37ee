package main

import (
	"encoding/json"
	"os"

	"tightrope/pkg/play"
)

// exchange is a request and the numbers that this program answers with.
type exchange struct {
	Request play.Request       `json:"request"`
	Numbers map[string]float64 `json:"numbers"`
	State   play.State         `json:"state"`
}

// statesOfPage is how many states of each page are asked for.
const statesOfPage = 10

// answers writes what every page answers at its states, stage by stage, for a comparison with the module.
func answers(file string) error {
	player := &play.Player{}
	var all []exchange
	for _, p := range play.Pages() {
		for k := range statesOfPage {
			r := play.Request{Page: p.Name, State: p.Sample(k)}
			for {
				a, err := player.Answer(r)
				if err != nil {
					return err
				}
				all = append(all, exchange{r, a.Numbers, a.State})
				if a.Next == 0 || a.Next > 4 { // the first runs of a training are enough
					break
				}
				r.Stage = a.Next
			}
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
