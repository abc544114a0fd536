"""Names in mathematics: printable, cut where there is no room, and never two alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from itertools import chain, count

from autograd_mini.engine.errors import printable
from autograd_mini.tracing.graph import Graph

LONGEST = 30  # characters, unless a view has another room
_PLAIN = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*|\[\d+\])*")
_PATH = re.compile(r"(layers|neurons)\[(\d+)\]")


def cut_name(name: str, longest: int = LONGEST) -> str:
    """A name as one printable line of at most so many characters.

    >>> cut_name("two\\nlines"), cut_name("x" * 99, 9), cut_name(" a ")
    ('two�lines', 'xxxxxxxx…', '·a·')
    >>> cut_name("layers[0].neurons[1].w[2]", 12)
    'L0.n1.w2'

    Where the path of a parameter has no room, its layer and its neuron are written shorter. Spaces
    at the ends become dots.
    """
    if len(name) > longest and _PATH.match(name):
        name = re.sub(r"\[(\d+)\]", r"\1", _PATH.sub(lambda found: found[1][0] + found[2], name))
        name = re.sub(r"(?<![a-z])l(?=\d)", "L", name)
    if len(name) > longest:
        name = name[: longest - 1] + "…"
    visible = printable(name)
    inner = visible.strip(" ")
    start = visible.index(inner)
    return "·" * start + inner + "·" * (len(visible) - start - len(inner))


def distinct(names: Iterable[str]) -> list[str]:
    """The same names; of several that are alike the first keeps it, the others get a number.

    >>> distinct(["a", "b", "a", "a_2"])
    ['a', 'b', 'a_3', 'a_2']
    """
    given = list(names)
    taken, seen, found = set(given), set[str](), []
    for name in given:
        if name in seen:
            name = next(new for k in count(2) if (new := f"{name}_{k}") not in taken | seen)
        seen.add(name)
        found.append(name)
    return found


def tidy_names(graph: Graph, longest: int = LONGEST) -> None:
    """Cut the names of a graph's own copy to what a view has room for; no two become one."""
    seen: set[str] = set()
    for node in graph.nodes:
        name = cut_name(node.name, longest)
        if name and not node.is_constant:
            name = next(new for new in chain([name], _numbered(name)) if new not in seen)
            seen.add(name)
        node.name = name


def tidied(graph: Graph, longest: int = LONGEST) -> Graph:
    """A graph with names that a view has room for: the same one where none has to be cut."""
    if all(cut_name(node.name, longest) == node.name for node in graph.nodes):
        return graph
    own = Graph(tuple(map(copy, graph.nodes)))
    tidy_names(own, longest)
    return own


def _numbered(name: str) -> Iterable[str]:
    return (f"{name}_{k}" for k in count(2))


def name_text(name: str) -> str:
    """A name inside a formula: bracketed unless it is a plain word.

    >>> name_text("x"), name_text("layers[0].w[1]"), name_text("a + b")
    ('x', 'layers[0].w[1]', '(a + b)')
    """
    return name if _PLAIN.fullmatch(name) else f"({name})"


def free_letter(names: Iterable[str]) -> str:
    """A letter for "each of them" that is none of the names.

    >>> free_letter(["a", "b"]), free_letter(["z", "a"])
    ('z', 'u')
    """
    taken = set(names)
    return next((letter for letter in "zuykpqrs" if letter not in taken), "node")


# -- LaTeX -----------------------------------------------------------------------------------------

GREEK = "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ"
# What stands between texts, as mathematics: in a text MathJax would show the backslash.
AS_MATHEMATICS = {
    **{sign: f"\\{sign}" for sign in "#$%&_{}"},
    **{"\\": r"{\backslash}", "^": r"\hat{}", "~": r"{\sim}"},
    **{letter: letter for letter in GREEK},
}
_APART = re.compile(rf"([{re.escape(''.join(AS_MATHEMATICS))}]|  +)")


def name_latex(name: str) -> str:
    r"""A name as LaTeX: a letter as it is, a word upright, a number behind it as an index.

    >>> print(name_latex("x"), name_latex("v3"), name_latex("loss"), name_latex("w_1"))
    x v_{3} \mathit{loss} \text{w}\_\text{1}

    Two names are never written alike, and so w_1, which is not w1, is no index.
    """
    found = re.fullmatch(rf"([A-Za-z]+|[{GREEK}])([0-9]*)", name)
    if found is None:
        return text_latex(name)
    letters, digits = found.groups()
    base = letters if len(letters) == 1 else rf"\mathit{{{letters}}}"
    return f"{base}_{{{digits}}}" if digits else base


def text_latex(text: str) -> str:
    r"""Words as upright text, whatever is in them; Greek letters stand as mathematics.

    >>> print(text_latex("α is 50 %"))
    α\text{ is 50 }\%

    KaTeX, MathJax and xelatex read it, and show what was written.
    """
    written = []
    for run in filter(None, _APART.split(printable(text))):
        several = r"\ " * len(run) if run.isspace() and len(run) > 1 else rf"\text{{{run}}}"
        written.append(AS_MATHEMATICS.get(run, several))
    return "".join(written) or r"\text{}"
