"""Rows in one test: all that fail are told, each by its name."""

import pytest

from support.rows import each_row


@each_row("x, y", [(1, 1), (1, 2), (2, 2), (2, 3)], ids=["a", "b", "c", "d"])
def equal(x, y):
    assert x == y


@each_row("x", [1, 2])
def raises(x):
    with pytest.raises(ZeroDivisionError):
        1 / (x - 1)


@each_row("x", [1.0, 2.0])
@each_row("y", [2.0, 4.0])
def both(x, y, fixture):
    assert x * y != fixture


def test_all_rows_that_fail_are_told():
    with pytest.raises(ExceptionGroup, match="2 of 4 rows fail") as caught:
        equal()
    assert [error.__notes__ for error in caught.value.exceptions] == [["row 1: b"], ["row 3: d"]]


def test_what_should_have_been_raised_is_told_too():
    with pytest.raises(ExceptionGroup, match="1 of 2 rows fail") as caught:
        raises()
    assert "DID NOT RAISE" in str(caught.value.exceptions[0])


def test_rows_can_be_crossed_and_have_fixtures():
    both(fixture=3.0)
    with pytest.raises(ExceptionGroup, match="2 of 2 rows fail"):
        both(fixture=4.0)


@each_row("doubled, number", [(2, 1), (4, 2)])
def test_a_fixture_comes_to_each_row(doubled, number, tmp_path):
    assert doubled == 2 * number and tmp_path.is_dir()
