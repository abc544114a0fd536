"""What `compile` was asked for: its arguments, checked, and the backend that runs a program."""

from __future__ import annotations

from collections.abc import Iterable
from reprlib import repr as short
from typing import Any

from autograd_mini.engine.errors import MissingExtra
from autograd_mini.engine.value import Value
from autograd_mini.program.linear import Linear
from autograd_mini.program.python_backend import PythonBackend

TARGETS = ("auto", "python", "native")


def checked_outputs(outputs: object) -> list[Value]:
    """The outputs as a list of nodes, at least one.

    >>> checked_outputs([Value(2.0), 3.0])
    Traceback (most recent call last):
    TypeError: an output is a Value, not 3.0 (float)
    """
    if not isinstance(outputs, Iterable):
        raise TypeError(f"the outputs are a Value or a list of them, not {short(outputs)}")
    listed = list(outputs)
    for output in listed:
        if not isinstance(output, Value):
            raise TypeError(f"an output is a Value, not {short(output)} ({type(output).__name__})")
    if not listed:
        raise ValueError("there are no outputs; give at least one Value")
    return listed


def checked_inputs(inputs: object) -> list[Value]:
    """The inputs as a list of leaves, each once.

    >>> checked_inputs([Value(2.0) * 3.0])
    Traceback (most recent call last):
    ValueError: Value(6.0, op='*') is a result; an input is a leaf, made with Value(...)
    """
    if isinstance(inputs, Value):
        raise TypeError("the inputs are a list: write compile(y, [x]), with brackets")
    if not isinstance(inputs, Iterable):
        raise TypeError(f"the inputs are a list of Values, as in compile(y, [x]), not {inputs!r}")
    listed = list(inputs)
    for leaf in listed:
        if not isinstance(leaf, Value):
            raise TypeError(f"an input is a Value, not {short(leaf)} ({type(leaf).__name__})")
        if not leaf.is_leaf:
            kind = "constant" if leaf.is_constant else "result"
            raise ValueError(f"{leaf!r} is a {kind}; an input is a leaf, made with Value(...)")
    if len(set(listed)) < len(listed):
        twice = next(leaf for leaf in listed if listed.count(leaf) > 1)
        raise ValueError(f"the input {twice!r} is given twice; give each one once")
    return listed


def available_target(target: str) -> str:
    """What a target comes to on this machine: "native" or "python".

    >>> available_target("python")
    'python'
    """
    if target in ("c", "javascript"):
        raise ValueError(
            f"{target!r} is a language to read, not a target to run; "
            f"compile(...).source({target!r}) gives it"
        )
    if target not in TARGETS:
        raise ValueError(f"unknown target {target!r}; choose one of {', '.join(TARGETS)}")
    has_native = target != "python" and _native().available()
    if target == "native" and not has_native:
        raise MissingExtra(
            "machine code needs llvmlite, which is not installed; "
            "pip install 'autograd_mini[native]', or choose target=\"python\""
        )
    return "native" if has_native else "python"


def made_backend(line: Linear, target: str, fast: bool) -> Any:
    """What runs a line: it has the methods of `PythonBackend`.

    >>> from autograd_mini.program.linear import linearised
    >>> type(made_backend(linearised([Value(2.0)], []), "python", fast=False)).__name__
    'PythonBackend'
    """
    return PythonBackend(line) if target == "python" else _native().NativeBackend(line, fast)


def _native() -> Any:
    """The room of machine code, which is not entered before it is needed."""
    from autograd_mini.program.native import native_backend

    return native_backend
