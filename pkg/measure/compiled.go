package measure

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/bound"
	"tightrope/pkg/net"
)

// Compiled keeps the compiled bounds and attacks of past evaluations, so that networks of one architecture, such as
// those of a sweep, do not compile again, which takes XLA seconds. The zero value is empty. Two evaluations must not
// use it at the same time.
type Compiled struct {
	evaluators map[string]bound.Bounder
	attackers  map[string]*attack.Attacker
}

// Close frees the graphs.
func (c *Compiled) Close() {
	for _, e := range c.evaluators {
		e.Close()
	}
	for _, a := range c.attackers {
		a.Close()
	}
	*c = Compiled{}
}

// evaluator bounds a network by the options; release it after use.
func (o Options) evaluator(backend compute.Backend, network *net.Network) (e bound.Bounder, release func(), err error) {
	create := func() (bound.Bounder, error) {
		return bound.NewBounder(backend, network, o.Technique,
			bound.Options{Ball: o.Ball, Batch: o.Batch, Memory: o.Memory, Devices: o.Devices})
	}
	if o.Compiled == nil {
		e, err := create()
		return e, func() { e.Close() }, err
	}
	threat := o.Ball
	threat.Eps = 0 // an input of the graph
	key := structure(backend, network, fmt.Sprintf("%#v %d %d %d", o.Technique, o.Batch, o.Memory, o.Devices), threat)
	e, err = kept(&o.Compiled.evaluators, key, network, create)
	return e, func() {}, err
}

// attacker attacks a network by options; release it after use.
func (o Options) attacker(backend compute.Backend, network *net.Network, options attack.Options) (
	a *attack.Attacker, release func(), err error) {
	create := func() (*attack.Attacker, error) { return attack.New(backend, network, options) }
	if o.Compiled == nil {
		a, err := create()
		return a, func() { a.Close() }, err
	}
	a, err = kept(&o.Compiled.attackers, structure(backend, network, options), network, create)
	return a, func() {}, err
}

// kept is the graph under a key, with the network put in, or a new one.
func kept[T interface{ Use(*net.Network) error }](all *map[string]T, key string, network *net.Network,
	create func() (T, error)) (T, error) {
	if old, ok := (*all)[key]; ok {
		return old, old.Use(network)
	}
	fresh, err := create()
	if err != nil {
		return fresh, err
	}
	if *all == nil {
		*all = map[string]T{}
	}
	(*all)[key] = fresh
	return fresh, nil
}

// structure is all that a graph depends on, as text.
func structure(backend compute.Backend, network *net.Network, parts ...any) string {
	text, err := json.Marshal(parts)
	if err != nil {
		panic(err) // options are plain data
	}
	return strings.Join([]string{backend.Name(), backend.Description(), network.DType.String(), network.Arch().String(),
		string(text)}, " ")
}
