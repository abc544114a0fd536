"""Golden files: texts and pictures as they should be, which UPDATE_GOLDEN=1 writes anew."""

import os


def golden_text(path, text):
    """What the file holds, after it was given this text if the environment asks for that."""
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return path.read_bytes().decode().replace("\r\n", "\n")
