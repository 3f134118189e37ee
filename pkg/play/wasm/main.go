//go:build js && wasm

// Command wasm is the playground's library in the browser: it gives the page a function tightrope(request) that answers
// JSON with JSON. A web worker calls it, so that the page never waits.
package main

import (
	"encoding/json"
	"fmt"
	"syscall/js"

	"tightrope/pkg/play"
)

func main() {
	player := &play.Player{}
	js.Global().Set("tightrope", js.FuncOf(func(_ js.Value, args []js.Value) any {
		return answer(player, args[0].String())
	}))
	if ready := js.Global().Get("tightropeReady"); ready.Type() == js.TypeFunction {
		ready.Invoke()
	}
	select {}
}

// answer is a page's answer, or {"error": ...}; a panic of a graph is an error too.
func answer(player *play.Player, request string) (reply string) {
	defer func() {
		if r := recover(); r != nil {
			reply = failure(fmt.Errorf("%v: reload the page", r))
		}
	}()
	out, err := player.JSON([]byte(request))
	if err != nil {
		return failure(err)
	}
	return string(out)
}

func failure(err error) string {
	out, _ := json.Marshal(map[string]string{"error": err.Error()}) // strings always can be written
	return string(out)
}
