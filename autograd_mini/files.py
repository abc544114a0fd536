"""Files that are complete, or not there."""

from __future__ import annotations

import os
import stat


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
    mode = _mode_of_replaceable(name)
    temporary = os.path.join(os.path.dirname(name), f".autograd_mini-{os.urandom(8).hex()}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, mode)
        os.replace(temporary, name)
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)


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
