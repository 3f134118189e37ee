package plot

import (
	"strings"
	"testing"
)

func TestSchedule(t *testing.T) {
	d := ScheduleData{Name: "a", Warmup: 1, RampTo: 3,
		Points: []SchedulePoint{{Epoch: 0}, {Epoch: 1, Beta: 1, Eps: 0.1}, {Epoch: 3, Eps: 0.3, LearningRate: 1e-3}}}
	f, err := Schedule(d)
	if err != nil || !strings.Contains(f.Caption, "until epoch 3 while CROWN-IBP's share β falls to 0") {
		t.Fatalf("%v, %v", f, err)
	}
	if svg := string(SVG(f)); !strings.Contains(svg, "weight of r") || strings.Contains(svg, "natural loss") {
		t.Error("without a natural loss the third panel is that of gamma")
	}
	d.Points[1].Kappa, d.Points[2].Beta = 0.5, 1
	if f, err = Schedule(d); err != nil || !strings.Contains(f.Caption, "stays at β = 1") ||
		!strings.Contains(string(SVG(f)), "natural loss") {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := Schedule(ScheduleData{}); err == nil {
		t.Error("an empty schedule is no error")
	}
}
