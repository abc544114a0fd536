"""Worksheets: questions on paper, with pictures, and an answer key with derivations."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from functools import cached_property
from itertools import count
from pathlib import Path
from urllib.parse import quote

from autograd_mini.drawing.draw import draw
from autograd_mini.engine.errors import printable
from autograd_mini.engine.value import Value
from autograd_mini.files import check_writable, write_whole
from autograd_mini.lessons.file_names import file_stems
from autograd_mini.lessons.question import Question
from autograd_mini.lessons.quiz import QUESTIONS, Quiz, checked_seed, series_of
from autograd_mini.text.as_text import as_text
from autograd_mini.tracing.graph import caller_names

PICTURES = ("svg", "png")
LINE = "_" * 30  # to write on
JOINERS = "\u200c\u200d"  # ZWNJ and ZWJ: spelling, in Persian or Malayalam for instance
SOFT_HYPHEN = "\u00ad"


def worksheet(
    expression: Value | str | None = None,
    seed: int | str | None = None,
    level: int | None = None,
    questions: int = QUESTIONS,
    *,
    name: str = "",
    pictures: str = "svg",
    **numbers: float,
) -> Worksheet:
    """Questions as a sheet of paper in Markdown, with pictures, and the key to them.

    >>> sheet = worksheet(seed=7, level=4, questions=2)
    >>> print(sheet.markdown.splitlines()[0])
    # The chain rule
    >>> list(sheet.pictures)
    ['1.svg', '2.svg']

    `.save("sheet.md")` writes it, its key to sheet-key.md, and its pictures to a folder
    sheet-pictures. The questions are those of `quiz` with the same arguments. A `name` is written
    on the sheet, and changes the questions: each student has others, and the same again from the
    same seed. `pictures` are "svg", for GitHub, HTML and print, or "png", which LaTeX can take. A
    level, a kind of picture or an expression that does not exist is a `ValueError`.
    """
    if pictures not in PICTURES:
        raise ValueError(f"unknown pictures {pictures!r}; choose one of {', '.join(PICTURES)}")
    names = caller_names(depth=2)
    seed = checked_seed(seed)
    seed = seed_for(name, seed) if name else seed
    return Worksheet(series_of(expression, seed, level, questions, numbers, names), name, pictures)


def seed_for(name: str, seed: int | str) -> str:
    """The seed of one student: the same on every machine, and for no other name.

    >>> seed_for("Ada", 7), seed_for("Bo", 7)
    ('7-58172926', '7-f9644d70')
    """
    digest = hashlib.sha256(f"{seed}\n{name}".encode(errors="surrogatepass")).hexdigest()
    return f"{seed}-{digest[:8]}"


class Worksheet:
    """A sheet of questions and its key, made by `worksheet`.

    >>> sheet = worksheet("a * b", a=3, b=2, seed=1, questions=1)
    >>> print(sheet.key)
    # The chain rule: answers
    ...

    `markdown` is the sheet, and `key` the answers with their derivations, both Markdown.
    `questions` are those of a quiz, and `pictures` the files that the sheet shows, by name, as
    bytes.
    """

    def __init__(self, series: Quiz, name: str, kind: str) -> None:
        self.name, self.seed, self._kind = name, series.seed, kind
        self.questions = list(series.first())
        self._options = series.options

    def __repr__(self) -> str:
        return f"Worksheet({len(self.questions)} questions, seed {self.seed!r})"

    @property
    def markdown(self) -> str:
        """The sheet, with its pictures in the folder that `save` would make for worksheet.md."""
        return self.markdown_with("worksheet-pictures")

    def markdown_with(self, folder: str) -> str:
        """The sheet, with its pictures in this folder."""
        pictures = [f"{folder}/{file}" for file in self.pictures]
        blocks = map(_task, count(1), self.questions, pictures)
        return "\n\n".join([self._head("The chain rule"), *blocks]) + "\n"

    @property
    def key(self) -> str:
        """The answers, with their derivations."""
        blocks = map(_solution, count(1), self.questions)
        return "\n\n".join([self._head("The chain rule: answers"), *blocks]) + "\n"

    @cached_property
    def pictures(self) -> dict[str, bytes]:
        """The files that the sheet shows, by name."""
        found = {}
        for number, question in enumerate(self.questions, 1):  # with nothing that is an answer
            drawing = draw(question.root, gradients=False, local_derivatives=False, theme="print")
            found[f"{number}.{self._kind}"] = drawing.content(f".{self._kind}")
        return found

    def _head(self, title: str) -> str:
        name = escaped(self.name) if self.name else LINE
        return f"# {title}\n\nName: {name}\n\nSheet: {escaped(str(self.seed))}"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the sheet to a .md file, its key and its pictures beside it, and give its path.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = worksheet(seed=7, questions=1).save(Path(folder, "sheet.md"))
        ...     sorted([file.name for file in Path(folder).rglob("*")])
        ['1.svg', 'sheet-key.md', 'sheet-pictures', 'sheet.md']

        A directory, or a name that does not end in .md, is a `ValueError`.
        """
        target, refused = Path(path), f"cannot save to {str(path)!r}"
        if target.suffix.lower() != ".md":
            raise ValueError(f"{refused}: a worksheet is Markdown, end it in .md")
        check_writable(target)
        folder = target.with_name(f"{target.stem}-pictures")
        pictures = self.pictures  # drawn first: if that fails, nothing is written
        folder.mkdir(exist_ok=True)
        for name, content in pictures.items():
            write_whole(folder / name, content)
        link = re.sub(r"([^\w./-])", lambda found: quote(found[1], safe=""), folder.name)
        write_whole(target, self.markdown_with(link).encode())
        write_whole(target.with_name(f"{target.stem}-key.md"), self.key.encode())
        return target


def save_for_class(sheets: Sequence[Worksheet], folder: str | os.PathLike[str]) -> list[Path]:
    """Write the sheet of each student into a folder, under names that are safe for files."""
    where = Path(folder)
    where.mkdir(exist_ok=True)
    stems = file_stems([sheet.name for sheet in sheets])
    return [sheet.save(where / f"{stem}.md") for sheet, stem in zip(sheets, stems, strict=True)]


def distinct_names(names: Sequence[str]) -> list[str]:
    """The names of a class; the second Anna is "Anna (2)", so that she has questions of her own.

    >>> distinct_names(["Anna", "Bo", "Anna"])
    ['Anna', 'Bo', 'Anna (2)']
    """
    counts: dict[str, int] = {}
    found = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        found.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return found


# -- Markdown --------------------------------------------------------------------------------------


def _task(number: int, question: Question, picture: str) -> str:
    """One question, with its picture and a line for the answer."""
    asked = f"![The graph of question {number}]({picture})\\\n{escaped(as_text(question.asking))}"
    choices = [f"- **{letter}** {escaped(choice)}" for letter, choice in question.choices.items()]
    parts = [f"## {number}.", fenced(question.numbers), asked, "\n".join(choices)]
    return "\n\n".join([*filter(None, parts), f"Answer: {LINE}"])


def _solution(number: int, question: Question) -> str:
    return f"## {number}. {escaped(question.expected)}\n\n{fenced(question.derivation)}"


def fenced(text: str) -> str:
    """Text in a block of code, whatever it has in it.

    >>> fenced("a ``` b")
    '````text\\na ``` b\\n````'
    """
    longest = max([2, *map(len, re.findall("`+", text))])
    fence = "`" * (longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def escaped(text: str) -> str:
    r"""Text as it is, in Markdown: none of its signs means anything.

    >>> print(escaped("[x](javascript:y) *z* -0.5 www.a.b"))
    \[x\](javascript\:y) \*z\* -0.5 www\.a\.b
    """
    shown = [c if c in JOINERS else printable(c) for c in text if c != SOFT_HYPHEN]
    return re.sub(_MEANS, r"\\\1", "".join(shown))


# Signs that always may mean something, and those that do only at some places.
_MEANS = r"([\\`*_{}\[\]<>#!|~^$@&]|:(?=\S)|-(?=-)|(?<=[^\W\d])\.(?=\w)|\A[-+=])"
