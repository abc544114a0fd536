"""Training: plain gradient descent over a data set, and how right a model is."""

from autograd_mini.training.descent import accuracy, descend

__all__ = ["accuracy", "descend"]
