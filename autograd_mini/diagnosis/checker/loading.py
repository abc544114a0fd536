"""A class from somebody's file, which is run for it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
import traceback
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd_mini.diagnosis.checker import trials
from autograd_mini.engine.errors import closest, printable
from autograd_mini.engine.value import Value

# Lines for IPython and not for Python: %matplotlib inline, !pip install, tanh?
_FOR_IPYTHON = re.compile(r"(?m)^([ \t]*)(?:[%!?].*|[\w.]+\?\??[ \t]*)$")


class FileStops(ValueError):
    """A file that does not come to its end when it is run, or has nothing to be graded."""


def load(spec: str) -> type[Any]:
    """The class that a text such as "my_engine.py:Value" names; without a name, `Value`.

    >>> load("no_such_file.py")
    Traceback (most recent call last):
    FileNotFoundError: there is no file no_such_file.py

    The file is run as a module, so what stands under `if __name__ == "__main__":` is not; of a
    notebook, the code cells are. Meanwhile its directory is the first that imports look in, and
    what it imported from there is forgotten afterwards: another file may have neighbours of the
    same name. What is wrong with the file is a `ValueError` that says what and where; no such file,
    a `FileNotFoundError`.
    """
    path, name = parts(spec)
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no file {path}")
    if os.path.isdir(path):
        raise ValueError(f"{path} is a directory; name the file in it, as in my_engine.py:Value")
    with _neighbours_of(path):
        return _class_in(_run(path), name, path)


def parts(spec: str) -> tuple[str, str]:
    """The path and the name of the class.

    >>> parts("my_engine.py:Scalar"), parts("my_engine.py"), parts(r"C:\\my_engine.py")
    (('my_engine.py', 'Scalar'), ('my_engine.py', 'Value'), ('C:\\\\my_engine.py', 'Value'))
    """
    path, _, name = spec.rpartition(":")
    if path and (name.isidentifier() or not name):
        return path, name or "Value"
    return spec, "Value"


def _run(path: str) -> types.ModuleType:
    """The module of a file. Classes look their module up, so it is known while it runs."""
    name = os.path.splitext(os.path.basename(path))[0]
    module = types.ModuleType(name)
    module.__file__ = os.path.abspath(path)
    sys.modules.setdefault(name, module)
    try:
        with trials.watch(f"running {os.path.basename(path)}"):
            for file, source in _sources(module.__file__):
                exec(compile(source, file, "exec"), module.__dict__)
    except SystemExit as error:
        raise FileStops(
            f"{path} ended the program (SystemExit: {error.code}); put what should only run as a "
            'program under if __name__ == "__main__"'
        ) from None
    except trials.Stopped as stopped:
        raise FileStops(f"{path} is not run to its end: {stopped.reason}") from None
    except trials.caught as error:
        raise FileStops(f"{path} stops with {_reason(error, module.__file__)}") from error
    return module


def _sources(path: str) -> Iterator[tuple[str, str]]:
    """What there is to run, with the name that its lines go by: a file, or the cells of a notebook.

    Lines for IPython, such as `%matplotlib inline`, are left out.
    """
    with open(path, "rb") as file:
        source = importlib.util.decode_source(file.read())
    if not path.endswith(".ipynb"):
        yield path, source
        return
    cells = json.loads(source)["cells"]
    for number, cell in enumerate(cells, 1):
        text = "".join(cell["source"])
        if cell["cell_type"] == "code" and not text.lstrip().startswith("%%"):
            yield f"{path} cell {number}", _FOR_IPYTHON.sub(r"\1pass", text)


def _reason(error: BaseException, path: str) -> str:
    """An exception in words, with the last line of the file that it came through."""
    line, place = (error.lineno, error.filename) if isinstance(error, SyntaxError) else (None, None)
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename.startswith(path):
            line, place = number, frame.f_code.co_filename
    cell = (place or path).removeprefix(path).replace(" ", " of ", 1)
    text = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    where = f" in line {line}{cell}" if line else ""
    return f"{type(error).__name__}{where}: {printable(text)}".removesuffix(": ")


def _class_in(module: types.ModuleType, name: str, path: str) -> type[Any]:
    found = getattr(module, name, None)
    if isinstance(found, type):
        if issubclass(found, Value):
            raise FileStops(
                f"{name} in {path} is the class of autograd_mini, or made of it; what is graded is "
                "an engine of your own"
            )
        return found
    things = {known: thing for known, thing in vars(module).items() if isinstance(thing, type)}
    classes = [known for known, thing in things.items() if thing.__module__ == module.__name__]
    if found is not None:
        problem = f"{name} in {path} is no class but {type(found).__name__} {found!r:.40}"
    else:
        close = closest(name, classes)
        problem = f"{path} has no class {name}" + (f"; did you mean {close}?" if close else "")
    known = f"its classes are {', '.join(classes)}" if classes else "it has no class at all"
    raise ValueError(f"{problem} ({known})")


@contextmanager
def _neighbours_of(path: str) -> Iterator[None]:
    """Let the modules beside a file be imported, and forget them afterwards."""
    directory = os.path.dirname(os.path.abspath(path))
    before, search = dict(sys.modules), list(sys.path)
    sys.path.insert(0, directory)
    try:
        yield
    finally:
        sys.path[:] = search
        for name in [name for name in sys.modules if name not in before]:
            if _lies_in(sys.modules[name], directory):
                del sys.modules[name]


def _lies_in(module: types.ModuleType, directory: str) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and os.path.abspath(file).startswith(directory + os.sep)
