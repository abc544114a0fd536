"""What can go wrong, in full sentences. Each error is also the built-in kind that fits."""


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
