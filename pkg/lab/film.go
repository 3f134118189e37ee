package lab

import (
	"fmt"
	"html"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"tightrope/pkg/plot"
)

// Film displays figures as the frames of an animation, with a slider and a play button that need no kernel and no
// network: the saved notebook and its page keep them. The last frame shows first, and is all that viewers without
// scripts see.
func Film(frames int, draw func(frame int) (*plot.Figure, error)) {
	if frames < 1 {
		Must(fmt.Errorf("a film of %d frames: draw at least one", frames))
	}
	var pictures []string
	var last *plot.Figure
	for k := range frames {
		last = Get(draw(k))
		if gonbui.IsNotebook {
			pictures = append(pictures, svg(last))
		}
	}
	if !gonbui.IsNotebook {
		fmt.Printf("[film of %d frames] %s\n", frames, last.Caption)
		return
	}
	image, err := plot.PNG(last, 660)
	Must(err)
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMETextHTML: filmPage(pictures), protocol.MIMEImagePNG: image, protocol.MIMETextPlain: last.Caption}})
	gonbui.Sync()
}

// showFrame is the script of the slider: it shows the frame of its value.
const showFrame = `var f=this.closest('div.tightrope-film'),n=+this.value;` +
	`f.querySelectorAll('.tightrope-frame').forEach(function(e,i){e.style.display=i==n?'':'none'});` +
	`f.querySelector('output').textContent=(n+1)+' of '+(+this.max+1)`

// playFilm is the script of the button: it moves the slider a frame further every 0.6 s until the end.
const playFilm = `var s=this.closest('div.tightrope-film').querySelector('input');s.value=0;s.oninput();` +
	`var t=setInterval(function(){if(+s.value>=+s.max||!s.isConnected){clearInterval(t);return}` +
	`s.value=+s.value+1;s.oninput()},600)`

// filmPage puts the frames above each other, all but the last hidden.
func filmPage(pictures []string) string {
	var b strings.Builder
	b.WriteString(`<div class="tightrope-film">`)
	for i, svg := range pictures {
		hidden := ` style="display:none"`
		if i == len(pictures)-1 {
			hidden = ""
		}
		fmt.Fprintf(&b, `<div class="tightrope-frame"%s>%s</div>`, hidden, svg)
	}
	// Without the mark JupyterLab would take the arrow keys.
	const own = `data-lm-suppress-shortcuts="true"`
	fmt.Fprintf(&b, `<button %s onclick="%s">Play</button> `+
		`<input %[1]s type="range" min="0" max="%[3]d" value="%[3]d" step="1" `+
		`aria-label="frame" style="width:60%%" oninput="%[4]s"> <output>%[5]d of %[5]d</output></div>`,
		own, html.EscapeString(playFilm), len(pictures)-1, html.EscapeString(showFrame), len(pictures))
	return b.String()
}
