package report

import (
	"os"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// TestRoom tabulates the committed records: each verified setting, means and paired differences that agree with the
// metrics, and no row for networks that were not verified.
func TestRoom(t *testing.T) {
	records, err := record.Find("../../figures/results/mnist/*.json", "../../figures/results/verify/*.json")
	if err != nil {
		t.Fatal(err)
	}
	header, rows, err := Room(records)
	if err != nil {
		t.Fatal(err)
	}
	settings := record.VerifiedSettings(records)
	if len(settings) < 2 || len(rows) <= len(settings) {
		t.Fatalf("%d settings, %d rows", len(settings), len(rows))
	}
	at := 0
	for _, s := range settings {
		for rows[at][0] == "difference" {
			at++
		}
		room, err := s.Summary(record.RoomOf(records))
		if err != nil {
			t.Fatal(err)
		}
		if !(room.Min > 0) {
			t.Errorf("%s: %v: a certified error below the exact robust error", s.Weights(), room)
		}
		if cell := rows[at][len(header)-2]; !strings.HasPrefix(cell, record.Percent(room.Mean)) {
			t.Errorf("%s: %q, want %v", s.Weights(), cell, room)
		}
		at++
	}
	page, err := os.ReadFile("../../docs/tightness.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if want := strings.Join(row[4:], " | "); !strings.Contains(string(page), want) {
			t.Errorf("docs/tightness.md lacks %s", want)
		}
		if len(row) != len(header) {
			t.Errorf("%q has %d cells, want %d", row, len(row), len(header))
		}
	}
}
