// Package play answers the pages of the playground, the library in the browser: a state of a page's controls in, a
// picture and numbers out. It holds no algorithm of its own. Numbers come from packages relax, cert, bound, tight, toy,
// attack and train; what is drawn here, and not by package plot, is drawn so that a reader can drag on it, on a phone
// and in the dark: with colours by class and with the scale of every axis known to the page.
//
// The same functions run in the browser (wasm) and natively, where the tests compare their numbers with the library's.
package play
