"""What is written by habit from other libraries works, or an error says what to write here."""

import math
import subprocess
import sys

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import Value
from support.rows import each_row

V = Value(2.0, "v")
OBJECTS = np.array([Value(1.0), Value(3.0)], dtype=object)


@each_row(
    ("call", "expected"),
    [
        (lambda: OBJECTS * V, [2.0, 6.0]),
        (lambda: V * OBJECTS, [2.0, 6.0]),
        (lambda: V - OBJECTS, [1.0, -1.0]),
        (lambda: OBJECTS**V, [1.0, 9.0]),
        (lambda: V / OBJECTS, [2.0, 2.0 / 3.0]),
        (lambda: OBJECTS % V, [1.0, 1.0]),
        (lambda: OBJECTS + OBJECTS, [2.0, 6.0]),
    ],
)
def test_an_array_of_values_computes_with_a_value_element_by_element(call, expected):
    found = call()
    assert isinstance(found, np.ndarray) and [v.data for v in found] == expected
    found[1].backward()
    assert OBJECTS[1].grad != 0.0


@each_row("kind", [np.float64, np.float32, np.int64, np.int8, lambda x: np.array(float(x))])
def test_a_number_of_numpy_at_the_left_is_a_plain_number(kind):
    x, v = kind(3), Value(2.0)
    for found, expected in ((x * v, 6.0), (x - v, 1.0), (x / v, 1.5), (x**v, 9.0), (x % v, 1.0)):
        assert type(found) is Value and found.data == expected and len(found.parents) == 2
    assert (x < v, x >= v) == (False, True)


@each_row(
    ("call", "error", "sentence"),
    [
        (lambda: np.exp(V), TypeError, r"np\.exp would cut the graph.*am\.exp\(v\)"),
        (lambda: np.maximum(V, 0), TypeError, r"np\.maximum would cut the graph"),
        (lambda: np.absolute(V), TypeError, r"as in abs\(v\)"),
        (lambda: np.sqrt(V), TypeError, r"as in am\.sqrt\(v\)"),
        (lambda: math.trunc(V), TypeError, r"int\(v\.data\)"),
        (lambda: np.isnan(V), TypeError, r"np\.isnan would cut the graph.*v\.data"),
        (lambda: np.array([1.0, 2.0]) * V, TypeError, "array of float64: write .x . v for x in"),
        (lambda: V * np.array([1.0, 2.0]), TypeError, "array of float64"),
        (lambda: np.maximum(np.array([1.0]), V), TypeError, "array of float64"),
        (lambda: np.array([1, 2]) < V, TypeError, "array of int64"),
        (lambda: float(V), TypeError, r"v\.data"),
        (lambda: int(V), TypeError, r"int\(v\.data\)"),
        (lambda: round(V, 2), TypeError, r'round\(v\.data, 2\) or f"\{v:\.2f\}"'),
        (lambda: V.backwards(), AttributeError, r"v\.backward\(\)"),
        (lambda: V.item(), AttributeError, r"v\.data"),
        (lambda: V.children, AttributeError, r"v\.parents"),
        (lambda: V.value, AttributeError, r"v\.data"),
        (lambda: pow(V, 2, 5), TypeError, r"\*\* of Values"),
        (lambda: am.log(V, 2), TypeError, "log takes 1 argument, not 2"),
        (lambda: am.log(8.0, 2), TypeError, "log takes 1 argument, not 2"),
        (lambda: am.tanh(), TypeError, "tanh takes 1 argument, not 0"),
        (lambda: am.atan2(V), TypeError, "atan2 takes 2 arguments, not 1"),
        (lambda: am.explian, AttributeError, "did you mean 'explain'"),
        (
            lambda: am.nothing_like_it_at_all,
            AttributeError,
            "has no attribute 'nothing_like_it_at_all'$",
        ),
    ],
)
def test_the_error_says_what_to_write(call, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        call()
    ours = [frame for frame in caught.traceback if "autograd_mini" in str(frame.path)]
    assert len([frame for frame in ours if "/tests/" not in str(frame.path)]) <= 2
    assert "<lambda>" not in str(caught.value) and "<locals>" not in str(caught.value)


def test_hints_are_no_attributes():
    assert not hasattr(V, "item") and not hasattr(V, "children")
    assert getattr(V, "value", "none") == "none"


def test_a_name_that_is_not_there_is_told_at_its_import():
    for name, said in (
        ("explian", "did you mean 'explain'?"),
        ("mystery", "has no attribute 'mystery'"),
    ):
        code = f"from autograd_mini import {name}"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert said in done.stderr and "ImportError" in done.stderr


def test_bounds_have_names():
    assert am.clip(V, low=0.0, high=1.0).data == 1.0 and am.clip(3.0, high=9.0, low=4.0) == 4.0
