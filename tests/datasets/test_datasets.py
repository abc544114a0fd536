"""The data sets: what is shipped is what was published, what is generated lies where it should."""

from __future__ import annotations

import cmath
import copy
import itertools
import math
import os
import pickle
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd_mini import datasets
from autograd_mini.datasets import Dataset, circles, digits, iris, moons, spirals, split, xor
from support.rows import each_row

FOLDER = os.path.dirname(datasets.__file__)
DRAWN: list[Callable[..., Dataset]] = [moons, circles, spirals, xor]


def pairs(data: Dataset) -> list[tuple[list[float], int]]:
    return list(data)


def points_of(data: Dataset, label: int) -> list[tuple[float, float]]:
    return [(x, y) for (x, y), own in data if own == label]


def small() -> Dataset:
    return Dataset([[1, 2], [3, 4], [5, 6]], [0, 1, 1], ["a", "b"], ["no", "yes"])


# The Dataset class


def test_a_dataset_keeps_rows_of_floats_labels_and_names() -> None:
    data = small()
    assert data.features == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert {type(number) for row in data.features for number in row} == {float}
    assert data.labels == [0, 1, 1]
    assert data.feature_names == ("a", "b")
    assert data.label_names == ("no", "yes")


def test_a_dataset_has_a_length_and_gives_pairs() -> None:
    data = small()
    assert len(data) == 3
    assert pairs(data) == [([1.0, 2.0], 0), ([3.0, 4.0], 1), ([5.0, 6.0], 1)]
    assert data[-3] == data[0] == ([1.0, 2.0], 0)
    assert data[-1] == data[2] == ([5.0, 6.0], 1)


@pytest.mark.parametrize(
    ("places", "kept"),
    [(slice(1, None), [1, 2]), (slice(None, None, -2), [2, 0]), (slice(9, None), [])],
)
def test_a_slice_is_a_dataset_with_the_same_names(places: slice, kept: list[int]) -> None:
    part = small()[places]
    assert isinstance(part, Dataset)
    assert pairs(part) == [small()[place] for place in kept]
    assert (part.feature_names, part.label_names) == (("a", "b"), ("no", "yes"))


def test_a_slice_keeps_every_sample_it_covers() -> None:
    data = iris()
    assert pairs(data[:]) == pairs(data)
    assert pairs(data[40:-20]) == pairs(data)[40:130]


def test_a_dataset_tells_its_sizes_in_one_line() -> None:
    assert repr(iris()) == "Dataset(150 samples, 4 features, 3 classes)"
    assert repr(Dataset([[1]], [0], ["a"], ["b"])) == "Dataset(1 sample, 1 feature, 1 class)"
    assert repr(small()[:0]) == "Dataset(0 samples, 2 features, 2 classes)"


def test_a_dataset_copies_what_it_is_made_from() -> None:
    rows, labels = [[1.0], [2.0]], [0, 1]
    data = Dataset(rows, labels, ["a"], ["b", "c"])
    rows[0][0], labels[0] = 9.0, 1
    part = data[:]
    part.features[1][0] = 9.0
    assert pairs(data) == [([1.0], 0), ([2.0], 1)]


def test_a_dataset_takes_what_can_be_counted_once() -> None:
    data = Dataset(((one,) for one in range(2)), iter([True, 0]), iter("a"), iter("bc"))
    assert pairs(data) == [([0.0], 1), ([1.0], 0)]
    assert [type(label) for label in data.labels] == [int, int]


def test_numpy_arrays_become_floats_and_ints() -> None:
    numpy = pytest.importorskip("numpy")
    data = Dataset(numpy.eye(2, dtype="float32"), numpy.array([1, 0]), "ab", "cd")
    assert repr(pairs(data)) == "[([1.0, 0.0], 1), ([0.0, 1.0], 0)]"
    assert repr(data[numpy.int64(1)]) == "([0.0, 1.0], 0)"


@pytest.mark.parametrize("name", ["features", "labels", "feature_names", "label_names", "extra"])
def test_the_attributes_of_a_dataset_cannot_be_set_or_deleted(name: str) -> None:
    data = small()
    with pytest.raises(AttributeError) as setting:
        setattr(data, name, [7])
    with pytest.raises(AttributeError) as deleting:
        delattr(data, name)
    kept = "a Dataset keeps what it was made with; make a new one."
    assert str(setting.value) == f"cannot set `{name}` to [7]: {kept}"
    assert str(deleting.value) == f"cannot delete `{name}`: {kept}"
    assert pairs(data) == pairs(small())


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda data: pickle.loads(pickle.dumps(data))]
)
def test_a_dataset_can_be_copied_and_pickled(again: Callable[[Dataset], Dataset]) -> None:
    twin = again(small())
    assert (pairs(twin), twin.feature_names, twin.label_names) == (
        pairs(small()),
        ("a", "b"),
        ("no", "yes"),
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ([[1], [2], [3]], [0], "a", "b"),
            "`features` has 3 rows and `labels` has 1 label; give one label for each row.",
        ),
        (
            ([[1]], [0, 0], "a", "b"),
            "`features` has 1 row and `labels` has 2 labels; give one label for each row.",
        ),
        (
            ([[1, 2], [3]], [0, 0], "ab", "c"),
            "row 1 of `features`, [3], has 1 number for 2 feature names; "
            "give one number for each name.",
        ),
        (
            ([[1, 2], [3, 4]], [0, 0], "a", "b"),
            "row 0 of `features`, [1, 2], has 2 numbers for 1 feature name; "
            "give one number for each name.",
        ),
        (
            ([[1], ["tall"]], [0, 0], "a", "b"),
            "row 1 of `features` is ['tall'], and must hold numbers only; give a list of floats.",
        ),
        (
            ([[None]], [0], "a", "b"),
            "row 0 of `features` is [None], and must hold numbers only; give a list of floats.",
        ),
        (
            ([1.5], [0], "a", "b"),
            "row 0 of `features` is 1.5, and must hold numbers only; give a list of floats.",
        ),
        *(
            (
                ([[1], [2]], [0, label], "a", "bcd"),
                f"label {label!r} of sample 1 is not an int in range(3); give each sample "
                "the place of its class in `label_names`, counted from 0.",
            )
            for label in (3, -1, 1.0, "b", None)
        ),
    ],
)
def test_what_is_no_dataset_is_refused(
    arguments: tuple[object, object, object, object], message: str
) -> None:
    with pytest.raises(ValueError) as refusal:
        Dataset(*arguments)  # type: ignore[arg-type]
    assert str(refusal.value) == message


def test_a_huge_int_is_refused_as_a_feature() -> None:
    with pytest.raises(ValueError, match=r"row 0 of `features` is \[10+\], and must hold numbers"):
        Dataset([[10**400]], [0], "a", "b")


@pytest.mark.parametrize("place", [3, -4])
def test_a_sample_beyond_the_last_is_refused(place: int) -> None:
    with pytest.raises(IndexError) as refusal:
        small()[place]
    assert str(refusal.value) == f"sample {place} asked for, of 3; give an int in range(3)."


def test_a_sample_cannot_be_asked_for_by_name() -> None:
    with pytest.raises(TypeError) as refusal:
        small()["a"]  # type: ignore[call-overload]
    assert str(refusal.value) == "sample 'a' asked for; give an int or a slice."


# The shipped data


def test_iris_has_its_names_and_fifty_of_each_species() -> None:
    data = iris()
    assert data.feature_names == (
        "sepal length (cm)",
        "sepal width (cm)",
        "petal length (cm)",
        "petal width (cm)",
    )
    assert data.label_names == ("setosa", "versicolor", "virginica")
    assert data.labels == [0] * 50 + [1] * 50 + [2] * 50


def test_iris_has_the_rows_of_fishers_paper() -> None:
    features = iris().features
    assert features[0] == [5.1, 3.5, 1.4, 0.2]
    assert features[34] == [4.9, 3.1, 1.5, 0.2]  # UCI has 0.1 here,
    assert features[37] == [4.9, 3.6, 1.4, 0.1]  # and here 3.1 and 1.5.
    assert features[149] == [5.9, 3.0, 5.1, 1.8]


def test_iris_adds_up_as_measured_from_the_source() -> None:
    """Sums of each species and column, in millimetres, taken with awk from the csv copied."""
    totals = [[0] * 4 for _ in range(3)]
    for features, label in iris():
        for column, number in enumerate(features):
            totals[label][column] += round(10 * number)
    assert totals == [[2503, 1714, 731, 123], [2968, 1385, 2130, 663], [3294, 1487, 2776, 1013]]


def inks() -> list[list[int]]:
    return [[int(16 * number) for number in row] for row in digits().features]


def test_digits_are_sixty_four_multiples_of_a_sixteenth() -> None:
    data = digits()
    assert {number for row in data.features for number in row} == {ink / 16 for ink in range(17)}
    assert {len(row) for row in data.features} == {64}
    assert data.feature_names[:2] == ("pixel[0][0]", "pixel[0][1]")
    assert data.feature_names[8] == "pixel[1][0]"
    assert data.feature_names[63] == "pixel[7][7]"


def test_digits_has_its_counts_of_each_class() -> None:
    data = digits()
    counts = Counter(data.labels)
    assert [counts[label] for label in range(10)] == [
        *(178, 182, 177, 183, 181, 182, 181, 179, 174, 180)
    ]
    assert data.label_names == tuple("0123456789")


def test_digits_has_its_first_and_last_row() -> None:
    data = digits()
    assert inks()[0] == [
        *(0, 0, 5, 13, 9, 1, 0, 0),
        *(0, 0, 13, 15, 10, 15, 5, 0),
        *(0, 3, 15, 2, 0, 11, 8, 0),
        *(0, 4, 12, 0, 0, 8, 8, 0),
        *(0, 5, 8, 0, 0, 9, 8, 0),
        *(0, 4, 11, 0, 1, 12, 7, 0),
        *(0, 2, 14, 5, 10, 12, 0, 0),
        *(0, 0, 6, 13, 10, 0, 0, 0),
    ]
    assert inks()[1796] == [
        *(0, 0, 10, 14, 8, 1, 0, 0),
        *(0, 2, 16, 14, 6, 1, 0, 0),
        *(0, 0, 15, 15, 8, 15, 0, 0),
        *(0, 0, 5, 16, 16, 10, 0, 0),
        *(0, 0, 12, 15, 15, 12, 0, 0),
        *(0, 4, 16, 6, 4, 16, 6, 0),
        *(0, 8, 16, 10, 8, 16, 8, 0),
        *(0, 1, 8, 12, 14, 12, 1, 0),
    ]
    assert (data.labels[0], data.labels[1796]) == (0, 8)


def test_digits_add_up_as_measured_from_the_source() -> None:
    """Taken with awk from the csv copied; the second weighs each pixel by row and column."""
    pixels = [
        (row, column, ink)
        for row, picture in enumerate(inks(), 1)
        for column, ink in enumerate(picture, 1)
    ]
    assert len(pixels) == 1797 * 64
    assert sum(ink for _, _, ink in pixels) == 561_718
    assert sum(row * column * ink for row, column, ink in pixels) == 16_337_198_609


def test_the_ink_of_each_digit_is_as_measured_from_the_source() -> None:
    total: Counter[int] = Counter()
    for picture, label in zip(inks(), digits().labels, strict=True):
        total[label] += sum(picture)
    assert [total[label] for label in range(10)] == [
        *(56415, 57007, 55566, 56151, 56239, 55915, 56336, 54289, 57408, 56392)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("make", [iris, digits, *DRAWN])
def test_each_call_gives_a_fresh_dataset(make: Callable[[], Dataset]) -> None:
    first = make()
    features, label = first[0]
    kept = list(features)
    features[0], first.labels[0] = 99.0, 1 - label
    assert make()[0] == (kept, label)


def test_every_data_file_is_accounted_for() -> None:
    with open(os.path.join(FOLDER, "SOURCES.md"), encoding="utf-8") as file:
        sources = file.read()
    data_files = [name for name in os.listdir(FOLDER) if name.endswith((".csv", ".txt"))]
    assert sorted(data_files) == ["handwritten_digits.txt", "iris.csv"]
    assert all(f"## `{name}`" in sources for name in data_files)
    assert "10.24432/C56C76" in sources and "10.24432/C50P49" in sources


# The generated data


def test_the_moons_lie_on_their_half_circles() -> None:
    data = moons(41, noise=0.0)
    upper = sorted(points_of(data, 0), reverse=True)
    lower = sorted(points_of(data, 1))
    assert (len(upper), len(lower)) == (20, 21)
    for place, (x, y) in enumerate(upper):
        assert cmath.isclose(complex(x, y), cmath.rect(1, math.pi * place / 19), abs_tol=1e-15)
    for place, (x, y) in enumerate(lower):
        turned = complex(1 - x, 0.5 - y)
        assert cmath.isclose(turned, cmath.rect(1, math.pi * place / 20), abs_tol=1e-15)


def test_the_tips_of_the_moons_reach_into_each_other() -> None:
    data = moons(6, noise=0.0)
    assert (1.0, 0.0) in points_of(data, 0)
    assert (0.0, 0.5) in points_of(data, 1)
    assert pairs(moons(2, noise=0.0)) in (
        [([1.0, 0.0], 0), ([0.0, 0.5], 1)],
        [([0.0, 0.5], 1), ([1.0, 0.0], 0)],
    )


@pytest.mark.parametrize("factor", [0.5, 0.125])
def test_the_circles_have_their_radii_and_even_gaps(factor: float) -> None:
    data = circles(31, noise=0.0, factor=factor)
    for label, count, radius in ((0, 15, 1.0), (1, 16, factor)):
        expected = {place: cmath.rect(radius, math.tau * place / count) for place in range(count)}
        for x, y in points_of(data, label):
            place = round(math.atan2(y, x) / math.tau * count) % count
            assert cmath.isclose(complex(x, y), expected.pop(place), abs_tol=1e-15)
        assert expected == {}


@pytest.mark.parametrize(("classes", "turns"), [(2, 1.0), (3, 1.75), (5, -0.5), (4, 0.0)])
def test_the_arms_of_the_spirals_wind_evenly(classes: int, turns: float) -> None:
    data = spirals(61, noise=0.0, classes=classes, turns=turns)
    assert data.label_names == tuple(f"arm {label}" for label in range(classes))
    for label in range(classes):
        arm = sorted(points_of(data, label), key=lambda point: math.hypot(*point))
        assert len(arm) == (61 + label) // classes
        for place, (x, y) in enumerate(arm, 1):
            radius = place / len(arm)
            angle = math.tau * (turns * radius + label / classes)
            assert cmath.isclose(complex(x, y), cmath.rect(radius, angle), abs_tol=1e-12)


def test_the_spirals_never_meet() -> None:
    data = spirals(200, noise=0.0)
    assert len({tuple(features) for features in data.features}) == 200


def test_xor_is_its_truth_table_in_order() -> None:
    table = [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]
    assert pairs(xor()) == table
    assert pairs(xor(10, seed=8)) == [*table, *table, *table[:2]]
    assert [label for _, label in xor(8, noise=0.3)] == [0, 1, 1, 0, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("make", "label_names"),
    [
        (moons, ("upper", "lower")),
        (circles, ("outer", "inner")),
        (spirals, ("arm 0", "arm 1")),
        (xor, ("false", "true")),
    ],
)
def test_the_generated_sets_have_names_and_sizes(
    make: Callable[..., Dataset], label_names: tuple[str, ...]
) -> None:
    data = make(n=51)
    assert len(data) == 51
    assert data.feature_names == ("x", "y")
    assert data.label_names == label_names
    assert sorted(Counter(data.labels).values()) == [25, 26]


@pytest.mark.parametrize("make", [moons, circles, spirals])
def test_the_generated_sets_have_these_sizes_unless_told(make: Callable[..., Dataset]) -> None:
    assert Counter(make().labels) == {0: 50, 1: 50}


def test_the_options_have_these_values_unless_told() -> None:
    assert pairs(moons()) == pairs(moons(100, noise=0.1, seed=0))
    assert pairs(circles()) == pairs(circles(100, noise=0.05, seed=0, factor=0.5))
    assert pairs(spirals()) == pairs(spirals(100, noise=0.05, seed=0, classes=2, turns=1.0))
    assert pairs(xor()) == pairs(xor(4, noise=0.0, seed=0))
    assert pairs(split(iris())[1]) == pairs(split(iris(), test=0.2, seed=0)[1])


@pytest.mark.parametrize("make", [moons, circles, spirals])
def test_the_classes_are_shuffled(make: Callable[..., Dataset]) -> None:
    labels = make(100).labels
    changes = [before != after for before, after in itertools.pairwise(labels)]
    assert 30 < changes.count(True) < 70


@pytest.mark.parametrize("make", DRAWN)
def test_a_seed_repeats_and_another_differs(make: Callable[..., Dataset]) -> None:
    assert pairs(make(20, noise=0.1, seed=3)) == pairs(make(20, noise=0.1, seed=3))
    assert pairs(make(20, noise=0.1)) == pairs(make(20, noise=0.1, seed=0))
    seen = {repr(pairs(make(20, noise=0.1, seed=seed))) for seed in range(20)}
    assert len(seen) == 20


def moves(make: Callable[..., Dataset], noise: float) -> list[float]:
    """How far noise moves each coordinate; sets of one seed are shuffled alike."""
    still, moved = make(3000, noise=0.0, seed=4), make(3000, noise=noise, seed=4)
    return [
        after - before
        for row_before, row_after in zip(still.features, moved.features, strict=True)
        for before, after in zip(row_before, row_after, strict=True)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("make", DRAWN)
def test_noise_is_gaussian_with_that_standard_deviation(make: Callable[..., Dataset]) -> None:
    by = moves(make, 0.25)
    assert abs(math.fsum(by) / len(by)) < 4 * 0.25 / math.sqrt(len(by))
    assert math.isclose(math.sqrt(math.fsum(x * x for x in by) / len(by)), 0.25, rel_tol=0.04)
    within_one = [abs(x) < 0.25 for x in by].count(True) / len(by)
    assert math.isclose(within_one, math.erf(math.sqrt(0.5)), abs_tol=0.025)


@pytest.mark.slow
@pytest.mark.parametrize("make", DRAWN)
def test_half_the_noise_moves_each_point_half_as_far(make: Callable[..., Dataset]) -> None:
    for half, whole in zip(moves(make, 0.125), moves(make, 0.25), strict=True):
        assert math.isclose(2 * half, whole, abs_tol=1e-15)


@pytest.mark.parametrize(
    ("data", "golden"),
    [
        (
            moons(10)[:3],
            [
                ([-0.6800131162096613, 0.5865533427561286], 0),
                ([2.094218139418912, 0.3941449042517382], 1),
                ([-0.029282311686375274, 0.2892611615608577], 1),
            ],
        ),
        (
            circles(10)[1:4],
            [
                ([0.20161756689692975, -0.5284558060217076], 1),
                ([0.48535884415681235, -0.10536941921957117], 1),
                ([0.9908065889453371, 0.0016252064538790903], 0),
            ],
        ),
        (
            spirals(12, classes=3, turns=1.5)[2:5],
            [
                ([0.4183715460490319, 0.14463058078042845], 1),
                ([0.6010054753923167, 0.45369829233536635], 0),
                ([-0.986453167511557, -0.06027671921520911], 0),
            ],
        ),
        (
            xor(5, noise=0.25, seed=3)[2:],
            [
                ([1.2755717082384714, 0.07022011720104512], 1),
                ([1.4383269729735313, 1.0384234738548617], 0),
                ([0.07854461092226678, 0.270849050310623], 0),
            ],
        ),
    ],
    ids=["moons", "circles", "spirals", "xor"],
)
def test_the_bits_never_change(data: Dataset, golden: list[tuple[list[float], int]]) -> None:
    """Of points whose sine and cosine are far from a tie, so that every platform rounds alike."""
    assert pairs(data) == golden


def test_the_global_generator_is_left_alone() -> None:
    before = random.getstate()
    for make in DRAWN:
        make(20, noise=0.2, seed=1)
    split(iris(), seed=1)
    assert random.getstate() == before


def test_the_global_generator_has_no_say() -> None:
    before = random.getstate()
    try:
        random.seed(1)
        first = [pairs(make(9, noise=0.2)) for make in DRAWN], pairs(split(iris())[1])
        random.seed(2)
        assert first == ([pairs(make(9, noise=0.2)) for make in DRAWN], pairs(split(iris())[1]))
    finally:
        random.setstate(before)


# Bad arguments

WHOLE = "and must be a whole number"
REAL = "1000000; give a float in that range."
BETWEEN = "and must be a fraction strictly between 0 and 1; give a float such as 0.2."


@each_row("make", DRAWN)
@each_row(
    ("keywords", "kind", "message"),
    [
        ({"n": 1}, ValueError, f"`n` is 1, {WHOLE}, 2 or more; give 2 or above."),
        ({"n": -5}, ValueError, f"`n` is -5, {WHOLE}, 2 or more; give 2 or above."),
        ({"n": 10.0}, TypeError, f"`n` is 10.0, {WHOLE}, 2 or more; give an int."),
        ({"n": "9"}, TypeError, f"`n` is '9', {WHOLE}, 2 or more; give an int."),
        ({"n": None}, TypeError, f"`n` is None, {WHOLE}, 2 or more; give an int."),
        ({"noise": -0.1}, ValueError, f"`noise` is -0.1, and must be a number from 0 to {REAL}"),
        ({"noise": math.nan}, ValueError, f"`noise` is nan, and must be a number from 0 to {REAL}"),
        ({"noise": math.inf}, ValueError, f"`noise` is inf, and must be a number from 0 to {REAL}"),
        ({"noise": "low"}, TypeError, f"`noise` is 'low', and must be a number from 0 to {REAL}"),
        ({"noise": None}, TypeError, f"`noise` is None, and must be a number from 0 to {REAL}"),
        ({"seed": -1}, ValueError, f"`seed` is -1, {WHOLE}, 0 or more; give 0 or above."),
        ({"seed": None}, TypeError, f"`seed` is None, {WHOLE}, 0 or more; give an int."),
        ({"seed": 0.5}, TypeError, f"`seed` is 0.5, {WHOLE}, 0 or more; give an int."),
    ],
)
def test_a_bad_argument_of_every_generated_set_is_named(
    make: Callable[..., Dataset], keywords: dict[str, object], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as refusal:
        make(**keywords)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("make", "keywords", "kind", "message"),
    [
        *(
            (circles, {"factor": factor}, ValueError, f"`factor` is {factor}, {BETWEEN}")
            for factor in (0, 1.0, -0.5, 2, math.nan)
        ),
        (circles, {"factor": "half"}, TypeError, f"`factor` is 'half', {BETWEEN}"),
        (
            spirals,
            {"n": 2, "classes": 3},
            ValueError,
            f"`n` is 2, {WHOLE}, 3 or more; give 3 or above.",
        ),
        (
            spirals,
            {"classes": 1},
            ValueError,
            f"`classes` is 1, {WHOLE}, 2 or more; give 2 or above.",
        ),
        (
            spirals,
            {"classes": 2.0},
            TypeError,
            f"`classes` is 2.0, {WHOLE}, 2 or more; give an int.",
        ),
        *(
            (
                spirals,
                {"turns": turns},
                ValueError,
                f"`turns` is {turns}, and must be a number from -1000000 to {REAL}",
            )
            for turns in (math.nan, math.inf, -math.inf, 10**400)
        ),
        (
            spirals,
            {"turns": "once"},
            TypeError,
            f"`turns` is 'once', and must be a number from -1000000 to {REAL}",
        ),
    ],
)
def test_a_bad_argument_of_one_generated_set_is_named(
    make: Callable[..., Dataset], keywords: dict[str, object], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as refusal:
        make(**keywords)
    assert str(refusal.value) == message


@pytest.mark.parametrize("make", DRAWN)
def test_the_least_and_largest_arguments_are_taken(make: Callable[..., Dataset]) -> None:
    data = make(2, noise=1_000_000)
    assert sorted(data.labels) == [0, 1]
    assert all(math.isfinite(number) for row in data.features for number in row)


# split


def numbered(labels: list[int], classes: int) -> Dataset:
    """A set whose one feature tells the samples apart."""
    names = [f"class {label}" for label in range(classes)]
    return Dataset([[place] for place in range(len(labels))], labels, ["place"], names)


CLASSES = 4
SEEDS = st.integers(0, 2**70)


@st.composite
def labels_and_share(draw: st.DrawFn) -> tuple[list[int], float]:
    """Draw labels and a share of them that leaves neither part empty."""
    labels = draw(st.lists(st.integers(0, CLASSES - 1), min_size=2, max_size=60))
    least = 0.51 / len(labels)
    return labels, draw(st.floats(least, 1 - least))


@given(labels_and_share(), SEEDS)
def test_split_puts_every_sample_in_one_part_and_keeps_shares(
    drawn: tuple[list[int], float], seed: int
) -> None:
    labels, share = drawn
    data = numbered(labels, CLASSES)
    train, test = split(data, share, seed)
    assert sorted(pairs(train) + pairs(test)) == pairs(data)
    assert abs(len(test) - len(labels) * share) <= 0.5 + 1e-9
    for label in range(CLASSES):
        exact = labels.count(label) * share
        assert abs(test.labels.count(label) - exact) < 1 + 1e-9
    for part in (train, test):
        assert (part.feature_names, part.label_names) == (data.feature_names, data.label_names)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(1, 9), SEEDS)
def test_a_share_that_is_whole_is_kept_exactly(tens: list[int], tenth: int, seed: int) -> None:
    assume(any(tens))
    labels = [label for label, ten in enumerate(tens) for _ in range(10 * ten)]
    random.Random(seed).shuffle(labels)
    test = split(numbered(labels, len(tens)), tenth / 10, seed)[1]
    assert [test.labels.count(label) for label in range(len(tens))] == [ten * tenth for ten in tens]


@given(labels_and_share(), SEEDS)
def test_split_repeats_and_leaves_its_data_alone(drawn: tuple[list[int], float], seed: int) -> None:
    labels, share = drawn
    data = numbered(labels, CLASSES)
    first, second = split(data, share, seed), split(data, share, seed)
    assert [pairs(part) for part in first] == [pairs(part) for part in second]
    assert pairs(data) == pairs(numbered(labels, CLASSES))


def test_split_of_iris_takes_ten_of_each_species() -> None:
    train, test = split(iris())
    assert Counter(train.labels) == {0: 40, 1: 40, 2: 40}
    assert Counter(test.labels) == {0: 10, 1: 10, 2: 10}


def test_split_is_exact_where_floats_would_round_astray() -> None:
    # 35 * 0.7 is 24.5, but 45 * 0.7 is a little below 31.5 in floats, which would leave 6.
    test = split(numbered([0] * 35 + [1] * 10, 2), 0.7)[1]
    assert test.labels.count(1) == 7


def test_split_shuffles_both_parts_and_by_seed() -> None:
    data = numbered([0] * 50 + [1] * 50, 2)
    for part in split(data, 0.5):
        labels = part.labels
        assert labels != sorted(labels)
        assert [place for (place,) in part.features] != sorted(place for (place,) in part.features)
    tested = {
        tuple(sorted(place for (place,) in split(data, 0.5, seed)[1].features))
        for seed in range(20)
    }
    assert len(tested) == 20


def test_every_sample_has_its_turn_in_the_test_part() -> None:
    data = numbered([0] * 5 + [1] * 5, 2)
    times = Counter(place for seed in range(500) for (place,) in split(data, 0.2, seed)[1].features)
    assert set(times) == set(range(10))
    assert all(60 < count < 140 for count in times.values())


def test_the_bits_of_split_never_change() -> None:
    train, test = split(numbered([0, 1, 2] * 4, 3), 0.25, seed=7)
    assert [place for (place,) in test.features] == [10, 8, 9]
    assert [place for (place,) in train.features] == [7, 11, 3, 4, 1, 0, 6, 2, 5]


@pytest.mark.parametrize(
    ("share", "kind"),
    [
        *((share, ValueError) for share in (0, 0.0, 1, 1.0, -0.2, 1.5, 30, math.nan, math.inf)),
        *((share, TypeError) for share in ("0.2", None, 1j)),
    ],
)
def test_split_refuses_what_is_no_fraction(share: float, kind: type[Exception]) -> None:
    with pytest.raises(kind) as refusal:
        split(small(), share)
    assert str(refusal.value) == f"`test` is {share!r}, {BETWEEN}"


@pytest.mark.parametrize(
    ("count", "share", "said"),
    [
        (3, 0.1, "`test` = 0.1 of 3 samples puts 0"),
        (3, 0.9, "`test` = 0.9 of 3 samples puts 3"),
        (1, 0.5, "`test` = 0.5 of 1 sample puts 1"),
        (0, 0.5, "`test` = 0.5 of 0 samples puts 0"),
    ],
)
def test_split_leaves_neither_part_empty(count: int, share: float, said: str) -> None:
    with pytest.raises(ValueError) as refusal:
        split(small()[:count], share)
    assert str(refusal.value) == (
        f"{said} in the test part, and neither part may be empty; "
        "give a fraction nearer 0.5, or more samples."
    )


def test_split_refuses_a_bad_seed() -> None:
    with pytest.raises(ValueError) as negative:
        split(small(), 0.5, seed=-2)
    with pytest.raises(TypeError) as missing:
        split(small(), 0.5, seed=None)  # type: ignore[arg-type]
    assert str(negative.value) == f"`seed` is -2, {WHOLE}, 0 or more; give 0 or above."
    assert str(missing.value) == f"`seed` is None, {WHOLE}, 0 or more; give an int."


# The room itself


def test_no_module_hides_a_public_function() -> None:
    stems = {name[:-3] for name in os.listdir(FOLDER) if name.endswith(".py")}
    assert "dataset" in stems
    assert stems.isdisjoint(datasets.__all__)
    assert datasets.__all__ == sorted(datasets.__all__)
    assert all(callable(getattr(datasets, name)) for name in datasets.__all__)


PACKAGES = os.path.dirname(os.path.dirname(FOLDER))


def test_importing_reads_no_data_and_no_heavy_module() -> None:
    program = (
        "import sys; opened = []\n"
        "sys.addaudithook(lambda event, args: event == 'open' and opened.append(str(args[0])))\n"
        f"sys.path.insert(0, {PACKAGES!r}); from autograd_mini import datasets\n"
        "print(sorted({'typing', 'dataclasses', 'random'} & set(sys.modules)))\n"
        "print([name for name in opened if name.endswith(('.csv', '.txt'))])\n"
        "datasets.iris(); print([name[-8:] for name in opened if name.endswith('.csv')])\n"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.splitlines() == ["[]", "[]", "['iris.csv']"]
