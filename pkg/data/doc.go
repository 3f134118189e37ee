// Package data provides labelled images for training and certification: MNIST, CIFAR-10, Fashion-MNIST, the embedded 8
// x 8 digits, and users' own files. It fetches and verifies (Fetch, List), loads and splits (Load, Split), imports
// (LoadIDX, LoadNPY, LoadFolder) and serves deterministic mini-batches (Batcher), optionally augmented (Augment).
//
// Pixels are float32 in [0, 1] and in channel-height-width order everywhere, so an eps is in units of that range (eps =
// 0.1 is a tenth of the grey scale). Normalisation by mean and standard deviation belongs inside the network:
// Set.MeanStd.
package data
