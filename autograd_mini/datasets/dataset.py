"""The `Dataset` class, `split`, which cuts one in two, and the checks of what is given."""

from __future__ import annotations

TYPE_CHECKING = False  # As in `typing`, whose import would cost more than this module.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random
    from typing import NoReturn, overload


# Far beyond any useful size, and small enough that no coordinate can overflow.
LARGEST = 1_000_000


class Dataset:
    """Samples to classify: a row of numbers and a class for each.

    >>> from autograd_mini.datasets import Dataset
    >>> flowers = Dataset([[1.4], [4.7]], [0, 1], ["petal length"], ["setosa", "versicolor"])
    >>> flowers
    Dataset(2 samples, 1 feature, 2 classes)
    >>> flowers[1]
    ([4.7], 1)
    >>> [flowers.label_names[label] for features, label in flowers]
    ['setosa', 'versicolor']

    `features` holds one list of floats for each sample, in the order of `feature_names`;
    `labels` holds the class of each sample, an int that counts from 0 into `label_names`.
    A slice is a Dataset again. The four attributes cannot be set anew, and the constructor
    copies what it is given.

    Raises ValueError when the number of features and labels differ, a row is not one number
    for each feature name, or a label is not an int in range(len(label_names)).
    """

    __slots__ = ("feature_names", "features", "label_names", "labels")

    features: list[list[float]]
    labels: list[int]
    feature_names: tuple[str, ...]
    label_names: tuple[str, ...]

    def __init__(
        self,
        features: Iterable[Iterable[float]],
        labels: Iterable[int],
        feature_names: Iterable[str],
        label_names: Iterable[str],
    ) -> None:
        fill = super().__setattr__  # Past the refusal below, this once.
        fill("feature_names", tuple(feature_names))
        fill("label_names", tuple(label_names))
        fill("features", _checked_rows(features, self.feature_names))
        fill("labels", _checked_labels(labels, self.label_names))
        if len(self.features) != len(self.labels):
            raise ValueError(
                f"`features` has {_counted(len(self.features), 'row')} and `labels` has "
                f"{_counted(len(self.labels), 'label')}; give one label for each row."
            )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f"cannot set `{name}` to {value!r}: a Dataset keeps what it was made with; "
            "make a new one."
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"cannot delete `{name}`: a Dataset keeps what it was made with; make a new one."
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[tuple[list[float], int]]:
        return zip(self.features, self.labels, strict=True)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, place: int) -> tuple[list[float], int]: ...
        @overload
        def __getitem__(self, place: slice) -> Dataset: ...

    def __getitem__(self, place: int | slice) -> tuple[list[float], int] | Dataset:
        if isinstance(place, slice):
            return _chosen(self, range(len(self))[place])
        if not hasattr(place, "__index__"):
            raise TypeError(f"sample {place!r} asked for; give an int or a slice.")
        if not -len(self) <= place < len(self):
            raise IndexError(
                f"sample {place!r} asked for, of {len(self)}; give an int in range({len(self)})."
            )
        return self.features[place], self.labels[place]

    def __repr__(self) -> str:
        features = _counted(len(self.feature_names), "feature")
        classes = _counted(len(self.label_names), "class", "classes")
        return f"Dataset({_counted(len(self), 'sample')}, {features}, {classes})"

    def __reduce__(self) -> tuple[type[Dataset], tuple[object, ...]]:
        # Copying and pickling would set the attributes one by one, which is refused.
        return Dataset, (self.features, self.labels, self.feature_names, self.label_names)


def split(data: Dataset, test: float = 0.2, seed: int = 0) -> tuple[Dataset, Dataset]:
    """Cut `data` into a part to train on and a part to test with, both shuffled.

    >>> from autograd_mini.datasets import digits, split
    >>> train, test = split(digits(), test=0.25)
    >>> len(train), len(test)
    (1348, 449)

    `test` is the fraction of the samples that go to the test part, strictly between 0 and 1.
    Every sample lands in exactly one part, and the split is stratified: in each class the
    number of test samples is within one of its exact share, and equal to it where that is
    whole. The same `seed`, an int from 0 up, gives the same split.

    Raises ValueError when `test` is not such a fraction, `seed` is negative, or a part would
    be empty; TypeError when `test` is no number or `seed` no int.
    """
    share = fraction("test", test)
    order = list(range(len(data)))
    seeded(seed).shuffle(order)
    # In integers, so that a class of 50 gives exactly 10 at 0.2, wherever in line it stands.
    top, bottom = share.as_integer_ratio()
    rounded = [(2 * count * top + bottom) // (2 * bottom) for count in range(len(data) + 1)]
    in_line = enumerate(sorted(order, key=data.labels.__getitem__))
    tested = {place for count, place in in_line if rounded[count + 1] > rounded[count]}
    if len(tested) in (0, len(data)):
        raise ValueError(
            f"`test` = {share!r} of {_counted(len(data), 'sample')} puts {len(tested)} in the test "
            "part, and neither part may be empty; give a fraction nearer 0.5, or more samples."
        )
    train_places = [place for place in order if place not in tested]
    return _chosen(data, train_places), _chosen(data, [place for place in order if place in tested])


def _chosen(data: Dataset, places: Iterable[int]) -> Dataset:
    samples = [data[place] for place in places]
    features, labels = [row for row, _ in samples], [label for _, label in samples]
    return Dataset(features, labels, data.feature_names, data.label_names)


def _checked_rows(rows: Iterable[Iterable[float]], names: tuple[str, ...]) -> list[list[float]]:
    checked = []
    for place, row in enumerate(rows):
        try:
            numbers = [float(number) for number in row]
        except (TypeError, ValueError, OverflowError):
            raise ValueError(
                f"row {place} of `features` is {row!r}, and must hold numbers only; "
                "give a list of floats."
            ) from None
        if len(numbers) != len(names):
            raise ValueError(
                f"row {place} of `features`, {row!r}, has {_counted(len(numbers), 'number')} for "
                f"{_counted(len(names), 'feature name')}; give one number for each name."
            )
        checked.append(numbers)
    return checked


def _checked_labels(labels: Iterable[int], names: tuple[str, ...]) -> list[int]:
    checked = []
    for place, label in enumerate(labels):
        if not (hasattr(label, "__index__") and 0 <= label < len(names)):
            raise ValueError(
                f"label {label!r} of sample {place} is not an int in range({len(names)}); "
                "give each sample the place of its class in `label_names`, counted from 0."
            )
        checked.append(int(label))
    return checked


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


# -- the arguments that functions share, and the one source of chance ------------------------------


def whole(name: str, value: int, least: int) -> int:
    """Return `value` as an int if it is one and at least `least`, else raise a sentence."""
    wanted = f"a whole number, {least} or more"
    if not hasattr(value, "__index__"):
        raise TypeError(f"`{name}` is {value!r}, and must be {wanted}; give an int.")
    if value < least:
        raise ValueError(f"`{name}` is {value!r}, and must be {wanted}; give {least} or above.")
    return int(value)


def real(name: str, value: float, least: float) -> float:
    """Return `value` as a float if it lies from `least` to LARGEST, else raise a sentence."""
    wanted = f"a number from {least} to {LARGEST}; give a float in that range."
    return _inside(name, value, lambda number: least <= number <= LARGEST, wanted)


def fraction(name: str, value: float) -> float:
    """Return `value` as a float if it lies strictly between 0 and 1, else raise a sentence."""
    wanted = "a fraction strictly between 0 and 1; give a float such as 0.2."
    return _inside(name, value, lambda number: 0 < number < 1, wanted)


def _inside(name: str, value: float, fits: Callable[[float], bool], wanted: str) -> float:
    if not hasattr(value, "__float__"):
        raise TypeError(f"`{name}` is {value!r}, and must be {wanted}")
    if not fits(value):
        raise ValueError(f"`{name}` is {value!r}, and must be {wanted}")
    return float(value)


def seeded(seed: int) -> Random:
    """Return a generator of its own for `seed`, so that the global one is left alone."""
    # Imported here: it takes longer than the rest of this package, and iris() needs no chance.
    from random import Random

    # Python seeds -1 and 1 alike, so a negative seed would quietly repeat another one.
    return Random(whole("seed", seed, least=0))
