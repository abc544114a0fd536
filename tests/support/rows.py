"""Many rows in one test, where each is too small to be a test of its own."""

import inspect

import pytest


def each_row(names, rows, ids=None):
    """Like `pytest.mark.parametrize`, but one test, which goes through all the rows.

    It tells every row that fails, not only the first. A row costs microseconds so, not the
    millisecond of a test; but rows share their fixtures, and none can be chosen by itself.
    """
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    rows = list(rows)
    assert rows

    def decorated(test):
        def test_of_all_rows(**fixtures):
            failures = []
            for index, row in enumerate(rows):
                values = dict(zip(names, (row,) if len(names) == 1 else row, strict=True))
                try:
                    test(**fixtures, **values)
                except (Exception, pytest.fail.Exception) as error:
                    failures.append(_named(error, f"row {index}: {_title(index, row, ids)}"))
            if failures:
                raise ExceptionGroup(f"{len(failures)} of {len(rows)} rows fail", failures)

        signature = inspect.signature(test)
        others = [each for name, each in signature.parameters.items() if name not in names]
        test_of_all_rows.__signature__ = signature.replace(parameters=others)
        for name in ("__name__", "__qualname__", "__doc__", "__module__"):
            setattr(test_of_all_rows, name, getattr(test, name))
        test_of_all_rows.pytestmark = list(getattr(test, "pytestmark", []))
        return test_of_all_rows

    return decorated


def _title(index, row, ids):
    if ids is None:
        return repr(row)
    return str(ids(row) if callable(ids) else list(ids)[index])


def _named(error, title):
    if not isinstance(error, Exception):  # pytest's own, for which a group has no place
        error = AssertionError(str(error)).with_traceback(error.__traceback__)
    error.add_note(title)
    return error
