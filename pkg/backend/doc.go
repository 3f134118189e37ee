// Package backend opens the engine that runs GoMLX graphs: pure Go, XLA on the CPU, or
// XLA on a CUDA GPU. The same graph code runs on all three; [Open] chooses, says what it
// chose in an [Info] for the result records, and never downloads anything by itself.
package backend
