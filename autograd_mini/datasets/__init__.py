"""Small classification data sets to train on: two shipped, four generated, and `split`.

>>> from autograd_mini.datasets import iris, split
>>> train, test = split(iris())
>>> train, test
(Dataset(120 samples, 4 features, 3 classes), Dataset(30 samples, 4 features, 3 classes))

Every call returns a fresh `Dataset`, equal bit for bit to the last one made with the same
arguments. Where the shipped data come from, and their licences: SOURCES.md in this folder.
"""

from autograd_mini.datasets.dataset import Dataset, split
from autograd_mini.datasets.generated import circles, moons, spirals, xor
from autograd_mini.datasets.shipped import digits, iris

__all__ = ["Dataset", "circles", "digits", "iris", "moons", "spirals", "split", "xor"]
