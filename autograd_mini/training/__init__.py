"""Training: the loop over a data set, its history, and how right a model is."""
