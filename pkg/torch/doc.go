// Package torch reads the weights that PyTorch saves: torch.save(model.state_dict(), "model.pth").
//
// Such a file is a zip archive of a pickle, Python's format of objects, and one record of raw numbers for each storage.
// A pickle is a program that may call anything; this reader calls nothing. It knows dictionaries, lists, numbers, text,
// and the few calls that rebuild a tensor; every other object is kept as a name that no value comes from, and the file
// is refused if the weights depend on one. Memory is bounded by the size of the file.
//
// The reader of pickles is our own because the published ones for Go allocate what a damaged length asks for, and end
// the program in a file with an operation that they do not implement.
package torch
