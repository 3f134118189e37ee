// Package torch reads the weights that PyTorch saves: torch.save(model.state_dict(), "model.pth").
//
// Such a file is a zip archive of a pickle, Python's format of objects, and one record of raw numbers for each storage.
// A pickle is a program that may call anything; this reader calls nothing. It supports dictionaries, lists, numbers,
// text, and the few calls that rebuild a tensor. Every other object is kept as a name without a value, and the file is
// refused if the weights depend on one. Memory is bounded by the size of the file.
//
// This package has its own reader of pickles because the published ones for Go allocate as much memory as a damaged
// length asks for, and end the program at an operation that they do not implement.
package torch
