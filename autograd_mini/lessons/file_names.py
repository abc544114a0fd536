"""Names of people as names of files: safe on every system, and no two the same."""

import unicodedata
from collections.abc import Iterable

LONGEST = 40  # characters; of four bytes each, with an ending, that is still a name for a file
RESERVED = {"con", "prn", "aux", "nul"}
RESERVED |= {f"{port}{i}" for port in ("com", "lpt") for i in range(10)}


def file_stem(name: str) -> str:
    """A name as letters, digits and underscores.

    >>> file_stem("Zoë O'Neill"), file_stem("../../etc/passwd"), file_stem("..."), file_stem("NUL")
    ('Zoë_O_Neill', 'etc_passwd', 'student', 'NUL_')
    """
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name))
    kept = "".join([c if unicodedata.category(c)[0] in "LMN" else " " for c in plain])
    stem = "_".join(kept.split())[:LONGEST].strip("_")
    return f"{stem}_" if stem.casefold() in RESERVED else stem or "student"


def file_stems(names: Iterable[str]) -> list[str]:
    """A stem for each name, different even where capitals and accents are not told apart.

    >>> file_stems(["Ann Lee", "ann lee", "Ann-Lee", "Bo"])
    ['Ann_Lee', 'ann_lee_2', 'Ann_Lee_3', 'Bo']
    """
    taken: set[str] = set()
    stems = []
    for name in names:
        stem, new, count = file_stem(name), file_stem(name), 2
        while _folded(new) in taken:
            new, count = f"{stem}_{count}", count + 1
        taken.add(_folded(new))
        stems.append(new)
    return stems


def _folded(stem: str) -> str:
    """What systems that fold names take it for, at the strictest."""
    bare = unicodedata.normalize("NFKD", stem.casefold())
    return "".join([c for c in bare if not unicodedata.combining(c)]) or stem


def names_in(content: bytes, where: str) -> list[str]:
    """The names in a file, one on each line; empty lines do not count.

    >>> names_in("Ada\\n\\n  Bo \\n".encode(), "class.txt")
    ['Ada', 'Bo']
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{where} is no text in UTF-8 (byte {error.start}); save it as UTF-8 and try again"
        ) from None
    names = [line.strip() for line in text.splitlines() if line.strip()]
    if not names:
        raise ValueError(f"{where} has no names; write one on each line")
    return names
