"""Files of ours: whole or not at all; JSON with a format and a version, read with suspicion."""

from __future__ import annotations

import contextlib
import glob
import json
import math
import os
import stat
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file, or leave what was there: it takes its place only when it is complete.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(pathlib.Path(folder, "note.txt"), b"done")
    ...     pathlib.Path(folder, "note.txt").read_bytes()
    b'done'

    It is written beside the old one and put in its place, which is a single step; the old one's
    permissions stay. What is there and is no regular file, a link for instance, is a `ValueError`,
    and what is read-only a `PermissionError`. Whatever else goes wrong is an `OSError`.
    """
    name = os.fspath(path)
    mode = check_writable(name)
    temporary = f"{_start_of_temporaries(name)}{os.getpid()}-{os.urandom(8).hex()}.tmp"
    try:
        _remove_left_behind(name)
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, mode)
        os.replace(temporary, name)
    except OSError as error:  # which names the temporary file, and nobody knows of that
        raise type(error)(error.errno, error.strerror, name) from None
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)


def check_writable(path: str | os.PathLike[str]) -> int | None:
    """Whether a file can be written there: to be asked before the work that it is to hold.

    >>> check_writable("nowhere/a.svg")
    Traceback (most recent call last):
    FileNotFoundError: cannot save to 'nowhere/a.svg': there is no directory nowhere

    Gives the permissions of the file that will be replaced, None where there is none.
    """
    name = os.fspath(path)
    folder = os.path.dirname(name) or "."
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"cannot save to {name!r}: there is no directory {folder}")
    mode = _mode_of_replaceable(name)
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"cannot save to {name!r}: the directory {folder} is read-only")
    return mode


def _start_of_temporaries(name: str) -> str:
    """What the names of the temporary files of this target start with, up to the process."""
    folder, base = os.path.split(name)
    return os.path.join(folder, f".autograd_mini-{zlib.crc32(os.fsencode(base)):08x}-")


def _remove_left_behind(name: str) -> None:
    """Remove what writers of this target left that were killed."""
    for path in glob.glob(f"{glob.escape(_start_of_temporaries(name))}*.tmp"):
        process = os.path.basename(path).split("-")[2]
        if process.isdecimal() and not _is_running(int(process)):
            with contextlib.suppress(FileNotFoundError):  # somebody else was faster
                os.unlink(path)


def _is_running(process: int) -> bool:
    if os.name != "posix":  # where the question below would be an order to end
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _mode_of_replaceable(name: str) -> int | None:
    """The permissions of the file to replace, None where there is no file yet."""
    try:
        mode = os.lstat(name).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        kind = "a symbolic link" if stat.S_ISLNK(mode) else "no regular file"
        raise ValueError(f"{name!r} is {kind}, and is not written over; give another path")
    if not mode & 0o222:
        raise PermissionError(f"{name!r} is read-only; make it writable or give another path")
    return stat.S_IMODE(mode)


def file_name(path: str | os.PathLike[str]) -> str:
    """The name of a file as a string; what is none is a `TypeError` or a `ValueError`.

    >>> file_name("model.json")
    'model.json'
    """
    name = os.fspath(path)
    if not isinstance(name, str):
        raise TypeError(f"the path is {name!r}, and must be a string or a pathlib.Path")
    if not name:
        raise ValueError("the path is empty; give a file name such as 'model.json'")
    return name


# -- writing documents ----------------------------------------------------------------------------


def number_to_json(number: float) -> float | str:
    """A number as JSON has it: nan and infinities are strings.

    >>> number_to_json(0.5), number_to_json(float("-inf"))
    (0.5, '-inf')
    """
    return number if math.isfinite(number) else repr(number)


def write_document(name: str, kind: str, version: int, content: Mapping[str, Any]) -> None:
    """Write a document of this kind, whole or not at all."""
    document = {"format": kind, "version": version, **content}
    write_whole(name, (json.dumps(document, indent=1, allow_nan=False) + "\n").encode())


# -- reading ---------------------------------------------------------------------------------------


def read_document(
    name: str,
    kind: str,
    version: int,
    parts: Sequence[str],
    earlier: Mapping[int, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """A document that `write_document` wrote, with just these parts; all numbers are floats.

    `earlier` are the versions that can still be read, and their parts. What does not fit is a
    `ValueError` that says why.
    """
    found = _parsed(_content(name))
    number = found.get("version") if isinstance(found, dict) else None
    known: dict[Any, Sequence[str]] = {version: parts, **(earlier or {})}
    is_known = type(number) is float and number in known
    names = known[number] if is_known else parts
    document = check_names(found, ["format", "version", *names], "the file")
    if document["format"] != kind:
        raise ValueError(f"its format is {shown(document['format'])}, not {kind!r}")
    if not is_known:
        raise ValueError(f"its version is {shown(document['version'])}, not {version}")
    return document


def _content(name: str) -> str:
    if os.path.exists(name) and not os.path.isfile(name):  # a device or a pipe may never end
        raise ValueError("it is no regular file")
    with open(name, "rb") as file:
        return file.read().decode("utf-8")


def _parsed(text: str) -> Any:
    try:  # whole numbers as floats too: -0 keeps its sign, and none has too many digits
        return json.loads(
            text, parse_int=float, parse_constant=_refuse_constant, object_pairs_hook=_unique
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    times = Counter([name for name, _ in pairs])
    if len(times) < len(pairs):
        raise ValueError(f"it gives {_few([name for name in times if times[name] > 1])} twice")
    return dict(pairs)


def _refuse_constant(constant: str) -> None:
    raise ValueError(f'{constant} is not JSON; use the strings "nan", "inf" and "-inf"')


def numbers_of(found: object, names: Sequence[str], what: str) -> list[float]:
    """The numbers of an object in the order of `names`, which have to be all that it has.

    >>> numbers_of({"b": 1.0, "a": "inf"}, ["a", "b"], "the object")
    [inf, 1.0]
    """
    numbers = check_names(found, names, what)
    return [number_from_json(name, numbers[name]) for name in names]


def check_names(found: object, expected: Sequence[str], what: str) -> dict[str, Any]:
    """An object that has these names and no other; else it is a `ValueError`."""
    if not isinstance(found, dict):
        raise ValueError(f"{what} must be a JSON object, not {shown(found)}")
    missing = [name for name in expected if name not in found]
    unexpected = sorted(found.keys() - set(expected))
    pairs = (("lacks", missing), ("has unexpected", unexpected))
    problems = [f"{problem} {_few(names)}" for problem, names in pairs if names]
    if problems:
        raise ValueError(f"{what} {' and '.join(problems)}")
    return found


def number_from_json(name: str, raw: object) -> float:
    """A number that `number_to_json` wrote; what is none is a `ValueError`."""
    if isinstance(raw, str) and raw in ("nan", "inf", "-inf"):
        return float(raw)
    if not isinstance(raw, float):
        raise ValueError(f'{name} is {shown(raw)}, not a number, "nan", "inf" or "-inf"')
    if not math.isfinite(raw):
        raise ValueError(f'{name} is too large for a float; if infinity is meant, write "inf"')
    return raw


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" * (len(names) > 3)
    return ", ".join(map(shown, names[:3])) + more


def shown(raw: object) -> str:
    """At most a line's worth; arrays and objects may be large and deep, so they are not shown."""
    text = type(raw).__name__ if isinstance(raw, (list, dict)) else repr(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."
