"""The text of an expression to instructions for a stack, or an error that points at the place.

`a + b*2` becomes: push a, push b, push 2, `*`, `+`. That is reverse Polish notation, made by
Dijkstra's shunting yard. Nothing here calls itself, so that a text may be as deep as it is long.
Operators bind as in Python: `**` most and to the right, then a sign, then `* / %`, then `+ -`.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from itertools import pairwise
from typing import NamedTuple

from autograd_mini.engine.errors import ExpressionError, closest

LONGEST = 250_000  # characters, which are answered in less than a second
SYNTAX = "numbers, names, + - * / ** %, brackets, and functions such as tanh(x)"
PRODUCT = "an operator is missing here; a product needs its `*`"

BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "sign": 3, "**": 4}
CLOSES = (")", "]")
ENDS = (*CLOSES, ",", ";", "")
TAKES = ("call", "list")  # what has arguments between commas

# What is pasted from a page or a word processor, and means the same.
# ruff: noqa: RUF001
PASTED = {**dict.fromkeys("×·⋅∙∗⨯", "*"), **dict.fromkeys("÷∕⁄", "/"), **dict.fromkeys("−–", "-")}
POWERS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿⁱ", "0123456789-+ni", strict=True))
UNSEEN = "\ufeff\u200b\u2060"  # a mark of byte order, and spaces of no width

_TOKEN = re.compile(
    r"""(?P<number> 0[xX][\da-fA-F]+ | 0[bB][01]+ | 0[oO][0-7]+
          | (\d+(_\d+)*\.?(\d+(_\d+)*)? | \.\d+(_\d+)*) ([eE][+-]?\d+)?)
      | (?P<name> [A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark> \*\* | // | << | >> | -> | := | [<>=!]= | .)""",
    re.ASCII | re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of the text: `kind` is number, name or mark; `column` counts from 1."""

    kind: str
    text: str
    column: int


class Instruction(NamedTuple):
    """What to put on the stack in place of its last `operands`; `column` is where the text says so.

    `kind` is number, name, sign (of one), operator (of two), call (of the function that is named)
    or list.
    """

    kind: str
    text: str
    column: int
    operands: int = 0


class Step(NamedTuple):
    """`name = ...` as instructions. The last step of an expression may be without a name."""

    name: str
    column: int
    instructions: list[Instruction]


def normalized(name: str) -> str:
    """A name as Python takes it: characters that only look different are one (Unicode's NFKC).

    >>> normalized("µ") == normalized("μ"), normalized("ﬁ")
    (True, 'fi')
    """
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def steps_of(
    text: str, functions: Collection[str], lists: Collection[str], known: Collection[str] = ()
) -> Iterator[Step]:
    """The steps of an expression. `lists` are the functions that take lists.

    >>> [step] = steps_of("a + b*2", {"tanh"}, {})
    >>> [instruction.text for instruction in step.instructions]
    ['a', 'b', '2', '*', '+']

    `known` are names that have a number, so that x(x + 1) is no call. What cannot be read is an
    `ExpressionError`.
    """
    _check_size(text)
    tokens = list(_tokens(text))
    while len(tokens) > 2 and tokens[-2].text == ";":
        del tokens[-2]
    ends = [place for place, token in enumerate(tokens, 1) if token.text in (";", "")]
    known = {*known}
    for start, end in pairwise([0, *ends]):
        step = tokens[start:end]
        name, column = "", step[0].column
        if step[0].kind == "name" and step[1].text == "=":
            name, step = step[0].text, step[2:]
            _check_name_of_step(text, name, column, functions)
        yield Step(name, column, _Yard(text, functions, lists, known).read(step))
        known.add(name)


def _check_name_of_step(text: str, name: str, column: int, functions: Collection[str]) -> None:
    _check_no_keyword(text, name, column)
    if name in functions:
        raise ExpressionError(f"`{name}` is a function; choose another name", text, column)


def _check_size(text: str) -> None:
    if not text.strip():
        raise ExpressionError("there is nothing here; write for example tanh(w*x + b)", text, 1)
    if len(text) > LONGEST:
        reason = f"{len(text):,} characters are too many, {LONGEST:,} may be"
        raise ExpressionError(reason, text[:LONGEST], LONGEST)
    if found := re.search(r"[\r\n\f\v]", text.rstrip()):
        raise ExpressionError("an expression is one line; join the lines", text, found.end())


def _check_no_keyword(text: str, name: str, column: int) -> None:
    if keyword.iskeyword(name):
        other = "where(condition, a, b)" if name in ("if", "else") else f"a name such as {name}_"
        raise ExpressionError(f"`{name}` is a reserved word of Python; use {other}", text, column)


# -- tokens ----------------------------------------------------------------------------------------


def _tokens(text: str) -> Iterator[Token]:
    """The pieces of the text, and an empty one at its end."""
    place = 0
    while place < len(text) and text[place] != "#":  # a comment is no part of it
        if text[place].isspace() or text[place] in UNSEEN:
            place += 1
            continue
        end = _end_of(text, place, POWERS.__contains__)
        if end > place:
            yield from _power(text, place, end)
        else:
            token, end = _token(text, place)
            yield token
        place = end
    yield Token("mark", "", len(text[:place].rstrip()) + 1)


def _power(text: str, place: int, end: int) -> Iterator[Token]:
    """A raised number, or a single letter, as an exponent."""
    exponent = "".join([POWERS[character] for character in text[place:end]])
    if not re.fullmatch(r"[-+]?[0-9]+|[ni]", exponent):
        raise ExpressionError(f"`{text[place:end]}` is no exponent", text, place + 1)
    yield Token("mark", "**", place + 1)
    yield Token("name" if exponent.isalpha() else "number", exponent, place + 1)


def _token(text: str, place: int) -> tuple[Token, int]:
    """The token that starts there, and where it ends."""
    found = next(_TOKEN.finditer(text, place))
    kind, end = str(found.lastgroup), found.end()
    if kind == "name" or text[place].isidentifier():
        kind, end = "name", _end_of(text, end, _goes_on)
    token = text[place:end]
    return Token(kind, PASTED.get(token) or normalized(token), place + 1), end


def _end_of(text: str, place: int, belongs: Callable[[str], bool]) -> int:
    while place < len(text) and belongs(text[place]):
        place += 1
    return place


def _goes_on(character: str) -> bool:
    """Whether a name may have this after its first character."""
    # Python takes the dot in a·b and the raised n in aⁿ for letters.
    is_mark = character in PASTED or character in POWERS
    return not is_mark and f"a{character}".isidentifier()


# -- the shunting yard -----------------------------------------------------------------------------


class _Yard:
    """Operands go out as they come; an operator waits until what binds more has gone out."""

    def __init__(
        self, text: str, functions: Collection[str], lists: Collection[str], known: set[str]
    ) -> None:
        self.text, self.functions, self.lists, self.known = text, functions, lists, known
        self.out: list[Instruction] = []
        self.waiting: list[Instruction] = []  # operators; calls, lists and brackets that are open
        self.needs_operand = True

    def read(self, tokens: list[Token]) -> list[Instruction]:
        """The instructions of one step; its last token is what ends it."""
        if len(tokens) == 1:
            raise self._error(tokens[0], "an expression is missing here")
        pairs = pairwise(tokens)
        for token, following in pairs:
            if not self.needs_operand:
                self._after_operand(token)
            elif token.kind == "number":
                self._push(Instruction("number", token.text, token.column))
            elif token.kind == "name" and following.text == "(":
                self._call(token, following)
                next(pairs)  # the bracket
            elif token.kind == "name":
                self._name(token)
            else:
                self._before_operand(token)
        if self.needs_operand:
            raise self._error(tokens[-1], "an operand is missing here")
        self._send_operators()
        if self.waiting:
            raise self._error(self.waiting[-1], "this bracket is never closed")
        return self.out

    def _push(self, operand: Instruction) -> None:
        self.out.append(operand)
        self.needs_operand = False

    def _name(self, token: Token) -> None:
        name = token.text
        _check_no_keyword(self.text, name, token.column)
        if name in self.functions:
            raise self._error(token, f"`{name}` is a function and takes arguments: {name}(...)")
        self._push(Instruction("name", name, token.column))

    def _call(self, token: Token, bracket: Token) -> None:
        name = token.text
        _check_no_keyword(self.text, name, token.column)
        if name not in self.functions:
            if name in self.known or len(name) == 1:
                raise self._error(bracket, PRODUCT)
            raise self._error(
                token, f"`{name}` is no function here{suggestion(name, self.functions)}"
            )
        self.waiting.append(Instruction("call", name, token.column))

    def _before_operand(self, token: Token) -> None:
        match token.text:
            case "+":
                pass  # a sign that changes nothing
            case "-":
                self.waiting.append(Instruction("sign", "sign", token.column, 1))
            case "(":
                self.waiting.append(Instruction("bracket", "(", token.column))
            case "[" if self.waiting and self.waiting[-1].text in self.lists:
                self.waiting.append(Instruction("list", "[", token.column))
            case ")" | "]" if self.waiting and self.waiting[-1].kind in TAKES:
                self._close(token, 0)  # f() or f(a, )
            case text if text in BINDS or text in ENDS:
                raise self._error(token, "an operand is missing here")
            case _:
                raise self._error(token, _refusal(token.text))

    def _after_operand(self, token: Token) -> None:
        if token.kind != "mark" or token.text == "(":
            _check_no_keyword(self.text, token.text, token.column)
            raise self._error(token, PRODUCT)
        if token.text in BINDS:
            if self.out[-1].kind == "list":
                raise self._error(token, "a list stands alone, as an argument")
            self._send_operators(BINDS[token.text] + (token.text == "**"))
            self.waiting.append(Instruction("operator", token.text, token.column, 2))
            self.needs_operand = True
        elif token.text in CLOSES:
            self._send_operators()
            self._close(token, 1)
        elif token.text == ",":
            self._comma(token)
        elif token.text == "=" and any(each.kind == "call" for each in self.waiting):
            raise self._error(token, "arguments go by position, without names")
        else:
            raise self._error(token, _refusal(token.text))

    def _comma(self, token: Token) -> None:
        self._send_operators()
        if not self.waiting or self.waiting[-1].kind not in TAKES:
            raise self._error(token, "a comma cannot be used here; it stands between arguments")
        taker = self.waiting.pop()
        self.waiting.append(taker._replace(operands=taker.operands + 1))
        self.needs_operand = True

    def _close(self, token: Token, last: int) -> None:
        """Close a bracket, before which `last` arguments stand that no comma has counted."""
        if not self.waiting:
            raise self._error(token, "this bracket closes nothing")
        opened = self.waiting.pop()
        if (opened.kind == "list") != (token.text == "]"):
            reason = f"this bracket does not fit the one of column {opened.column}"
            raise self._error(token, reason)
        self.needs_operand = False
        if opened.kind in TAKES:
            self.out.append(opened._replace(operands=opened.operands + last))

    def _send_operators(self, least: int = 1) -> None:
        """Send out what waits since the last bracket, as long as it binds so much at least."""
        while self.waiting and _binds(self.waiting[-1]) >= least:
            self.out.append(self.waiting.pop())

    def _error(self, place: Token | Instruction, reason: str) -> ExpressionError:
        return ExpressionError(reason, self.text, place.column)


def _binds(waiting: Instruction) -> int:
    """How much an operator or a sign binds; 0 for what is open."""
    return BINDS.get(waiting.text if waiting.kind == "operator" else waiting.kind, 0)


def _refusal(mark: str) -> str:
    """Why this mark cannot stand where it stands."""
    if mark == "^":
        return "`^` is no operator here; a power is written **"
    if mark in ("<", ">", "<=", ">=", "==", "!="):
        return "a comparison cannot be used here; where(heaviside(x - 1), a, b) chooses"
    if mark == ".":
        return "a dot cannot be used here; functions are written plainly, as in tanh(x)"
    if mark == "=":
        return "`=` gives a step its name, as in b = a*a; b + b"
    if mark == "√":
        return "`√` is written sqrt(x)"
    what = {"[": "an index or a list", '"': "text", "'": "text"}.get(mark, f"`{mark}`")
    return f"{what} cannot be used here; there are {SYNTAX}"


def suggestion(name: str, functions: Collection[str]) -> str:
    """What was meant by the name of a function that is not there."""
    from autograd_mini.engine.facts import FACTS

    elsewhere = [op for op, facts in FACTS.items() if name in facts.aliases]
    known = [
        op.name if op.name in functions else f"{op.symbol} for a {op.name}" for op in elsewhere
    ]
    if meant := next(iter(known), "") or closest(name, functions):
        return f"; did you mean {meant}?"
    return "; there are " + ", ".join(sorted(functions))
