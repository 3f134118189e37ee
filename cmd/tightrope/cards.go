package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tightrope/pkg/backend"
)

// card is what one worker gets of the GPUs.
type card struct {
	device  string // for CUDA_VISIBLE_DEVICES; empty: as it is
	backend string // with the worker's fraction of the card's memory
}

// memoryForAll is the fraction of a card's memory that its workers may take together; CUDA itself needs the rest.
const memoryForAll = 0.9

// shareCards gives each of count workers a GPU, in turn, on CUDA; none for another backend. Workers of one card share
// its memory.
func shareCards(name string, count int) []card {
	if name == "" {
		name = os.Getenv("GOMLX_BACKEND")
	}
	if !strings.HasPrefix(name, backend.CUDA) || count < 1 {
		return nil
	}
	devices := visibleCards()
	on := (count + len(devices) - 1) / len(devices)
	if on > 1 && !strings.Contains(name, "memory_fraction=") {
		name += fmt.Sprintf(",memory_fraction=%.3g", memoryForAll/float64(on))
	}
	var cards []card
	for k := range count {
		cards = append(cards, card{devices[k%len(devices)], name})
	}
	return cards
}

// visibleCards are the GPUs that this process may use, by CUDA's numbers, which need not be those of the device files.
// Where there is only one, or the machine does not say, it is the one that CUDA chooses: "".
func visibleCards() []string {
	all := strings.FieldsFunc(os.Getenv("CUDA_VISIBLE_DEVICES"), func(r rune) bool { return r == ',' })
	if len(all) > 0 {
		return all
	}
	files, _ := filepath.Glob("/dev/nvidia[0-9]*")
	if len(files) < 2 {
		return []string{""}
	}
	for k := range files {
		all = append(all, fmt.Sprint(k))
	}
	return all
}
