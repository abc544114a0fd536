"""Two real data sets that come with the package; SOURCES.md tells where they are from."""

from __future__ import annotations

from autograd_mini.datasets.dataset import Dataset

_WHITE_TO_BLACK = "0123456789abcdefg"  # One character a pixel: its ink, from 0 to 16.


def iris() -> Dataset:
    """Return Fisher's iris flowers: 150 samples, 50 of each of three species.

    >>> from autograd_mini.datasets import iris
    >>> flowers = iris()
    >>> flowers.label_names
    ('setosa', 'versicolor', 'virginica')
    >>> flowers[0]
    ([5.1, 3.5, 1.4, 0.2], 0)

    The four features are the length and width of the sepals and petals, in centimetres, from
    0.1 to 7.9. The samples stand in order of species, so `split` or shuffle before training.

    Source: R. A. Fisher, Iris (1936), UCI Machine Learning Repository, doi 10.24432/C56C76,
    CC BY 4.0, with the two rows that UCI has wrong as they are in Fisher's paper.
    """
    header, *lines = [line.split(",") for line in _lines("iris.csv")]
    features = [[float(number) for number in numbers] for *numbers, _ in lines]
    species = ("setosa", "versicolor", "virginica")
    return Dataset(features, [species.index(line[-1]) for line in lines], header[:-1], species)


def digits() -> Dataset:
    """Return handwritten digits: 1,797 grey pictures of 8 by 8 pixels, from 0 to 9.

    >>> from autograd_mini.datasets import digits
    >>> pictures = digits()
    >>> pictures
    Dataset(1797 samples, 64 features, 10 classes)
    >>> features, label = pictures[0]
    >>> label, features[:8]
    (0, [0.0, 0.0, 0.3125, 0.8125, 0.5625, 0.0625, 0.0, 0.0])

    The 64 features are the ink in each pixel, row by row from the top left: multiples of
    1/16 from 0.0 (paper) to 1.0 (full). Feature "pixel[2][5]" is row 2, column 5.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (1998), UCI
    Machine Learning Repository, doi 10.24432/C50P49, CC BY 4.0; its test part.
    """
    samples = [line.split() for line in _lines("handwritten_digits.txt")]
    inks = {character: ink / 16 for ink, character in enumerate(_WHITE_TO_BLACK)}
    features = [[inks[character] for character in picture] for picture, _ in samples]
    names = [f"pixel[{row}][{column}]" for row in range(8) for column in range(8)]
    return Dataset(features, [int(label) for _, label in samples], names, "0123456789")


def _lines(name: str) -> list[str]:
    from importlib.resources import files  # here, for it takes its time, and few need it

    return files("autograd_mini.datasets").joinpath(name).read_text("utf-8").splitlines()
