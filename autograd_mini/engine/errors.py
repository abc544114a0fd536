"""What can go wrong, in full sentences. Each error is also the built-in kind that fits."""

from collections.abc import Iterable


class AutogradMiniError(Exception):
    """Any error of this package's own.

    >>> try:
    ...     raise StaleGraph("`x` was changed after the forward pass.")
    ... except AutogradMiniError as error:
    ...     print(error)
    `x` was changed after the forward pass.
    """


class StaleGraph(AutogradMiniError, ValueError):
    """A graph whose leaves were changed after its forward pass, where fresh numbers are needed.

    >>> issubclass(StaleGraph, ValueError)
    True
    """


class GradcheckError(AutogradMiniError, ValueError):
    """A gradient that differs from what finite differences give.

    >>> issubclass(GradcheckError, ValueError)
    True
    """


class AnomalyError(AutogradMiniError, ValueError):
    """A number that is nan or infinite, met inside of `anomaly()`.

    >>> error = AnomalyError("the forward pass came to nan", "forward", float("nan"))
    >>> error.direction, error.number, error.source
    ('forward', nan, '')

    `direction` is the pass, "forward" or "backward"; `number` is what it came to; `source` says
    where the operation was written, and is "" where that was not recorded.
    """

    def __init__(self, message: str, direction: str, number: float, source: str = "") -> None:
        self.direction, self.number, self.source = direction, number, source
        super().__init__(message, direction, number, source)

    def __str__(self) -> str:
        return str(self.args[0])


class CompileError(AutogradMiniError, ValueError):
    """A graph with an operation that no program can be made of; the message says what is missing.

    >>> issubclass(CompileError, ValueError)
    True
    """


class MissingExtra(AutogradMiniError, ImportError):
    """Something that is installed separately is not there; the message says how to get it.

    >>> issubclass(MissingExtra, ImportError)
    True
    """


class ExpressionError(AutogradMiniError, ValueError):
    """A text that is no expression; `text` and `column` (from 1) say where.

    >>> error = ExpressionError("`?` is no operator", "a ? b", 3)
    >>> print(error)
    column 3: `?` is no operator
        a ? b
          ^
    """

    def __init__(self, reason: str, text: str, column: int) -> None:
        self.reason, self.text, self.column = reason, text, column
        super().__init__(reason, text, column)

    def __str__(self) -> str:
        start = max(0, self.column - 40)  # of a long text, show what is around the column
        window = printable(self.text[start : start + 76].replace("\t", " "))
        pointer = " " * (self.column - 1 - start)
        return f"column {self.column}: {printable(self.reason)}\n    {window}\n    {pointer}^"


def printable(text: str, keep: str = "") -> str:
    """A text with U+FFFD for what has no shape: control characters, marks of direction, halves.

    >>> printable("two\\nlines"), printable("two\\nlines", keep="\\n")
    ('two\ufffdlines', 'two\\nlines')
    """
    if text.isprintable():
        return text
    shown = [c if c.isprintable() or c in keep else "\N{REPLACEMENT CHARACTER}" for c in text]
    return "".join(shown)


def closest(name: str, names: Iterable[str]) -> str:
    """The name that was probably meant: of the same letters, or much alike; "" if there is none.

    >>> closest("tahn", ["tan", "tanh"]), closest("xyz", ["tan", "tanh"])
    ('tanh', '')
    """
    from difflib import get_close_matches

    known = list(names)
    same = [each for each in known if sorted(each) == sorted(name)]
    return next(iter(same or get_close_matches(name, known, n=1)), "")
