"""The microscope: how large the gradient is on its way back through the layers of a network."""
