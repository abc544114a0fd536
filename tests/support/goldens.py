"""Golden files: texts and pictures as they should be, which UPDATE_GOLDEN=1 writes anew.

A test file says which golden files it reads, with `golden_files`. So that those which nobody reads
any longer can be told, whichever tests are run (tests/test_house.py does).
"""

import os

from support.places import GOLDEN_FILES

DECLARED = set()


def golden_files(folder, names):
    """The folder in tests/golden, after its files that the test file reads have been declared."""
    DECLARED.update([GOLDEN_FILES / folder / name for name in names])
    return GOLDEN_FILES / folder


def golden_text(path, text):
    """What the file holds, after it was given this text if the environment asks for that."""
    assert path in DECLARED, f"declare {path.name} with golden_files()"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return path.read_bytes().decode().replace("\r\n", "\n")
