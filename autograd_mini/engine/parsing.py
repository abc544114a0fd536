"""Text to a graph of `Value`s, through an allow-list: nothing is ever evaluated as Python."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from autograd_mini.engine import functions, ops
from autograd_mini.engine.errors import ExpressionError
from autograd_mini.engine.making import as_value
from autograd_mini.engine.ops import Op
from autograd_mini.engine.value import Value, topological_order

LONGEST, DEEPEST = 10_000, 100  # characters, and brackets within brackets

BINARY: dict[type[ast.operator], Op] = {
    ast.Add: ops.add,
    ast.Sub: ops.sub,
    ast.Mult: ops.mul,
    ast.Div: ops.div,
    ast.Pow: ops.power,
    ast.Mod: ops.mod,
}
_OF_LISTS = (functions.sum, functions.mean, functions.dot, functions.logsumexp)
LIST_FUNCTIONS: dict[str, Callable[..., Any]] = {f.__name__: f for f in _OF_LISTS}
ROWS: dict[str, Op] = {
    op.name: op
    for op in vars(ops).values()
    if isinstance(op, Op) and not op.variadic and op.name.isidentifier() and "(" in str(op.text)
}
FUNCTIONS = {**ROWS, **LIST_FUNCTIONS}
SYNTAX = "numbers, names, + - * / ** %, brackets, and functions such as tanh(x)"


def parse(text: str, /, **names: Value | float) -> Value:
    """The graph of an expression, with a number or a `Value` for each name in it.

    >>> neuron = parse("tanh(w*x + b)", w=0.5, x=2, b=-1)
    >>> neuron
    Value(0.0, op='tanh')
    >>> neuron.backward()
    >>> neuron.parents[0].parents[1]
    Value(-1.0, label='b', grad=1.0)

    Numbers become leaves with the name as label. Steps that end with a semicolon name numbers and
    results on the way, so that one result can be used in several places:

    >>> parse("a = 3; b = a*a; b + b")
    Value(18.0, op='+')

    The text may hold the operators and functions of this package and nothing else: the rest is an
    `ExpressionError` that points at its column. So are names without a number, names that are not
    needed, texts that are too long or too deep.
    """
    if not isinstance(text, str):
        raise TypeError(f"an expression is a string such as 'a * b', not {text!r}")
    _check_size(text)
    builder = _Builder(text, names)
    for name, column, start, end in _steps(text):
        result = builder.step(name, column, start, _tree(text, start, end))
    for given in (*names, *builder.nodes):
        if given not in {*builder.used, name}:
            known = ", ".join(sorted(builder.used)) or "none"
            raise ExpressionError(
                f"`{given}` was given, but is not in it; it has: {known}", text, 1
            )
    return result


def expression_names(text: str) -> list[str]:
    """The names in an expression that need a number.

    >>> expression_names("u = tanh(w*x) + 1e5; u * w")
    ['w', 'x']
    """
    words = dict.fromkeys(re.findall(r"(?<![\w.])[^\W\d]\w*", text))
    steps = set(re.findall(r"(?:^|;)\s*([^\W\d]\w*)\s*=(?!=)", text))
    return [word for word in words if word not in steps and word not in FUNCTIONS]


def name_result(result: Value) -> Value:
    """The result of an expression, called L, y or z if it has no name and no other node has that.

    >>> name_result(parse("w * x", w=2, x=3)).label
    'L'
    """
    taken = {node.label for node in topological_order(result)}
    free = [name for name in ("L", "y", "z", "result") if name not in taken]
    result.label = result.label or next(iter(free), "")
    return result


def _steps(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Of each step `name = expression`: the name, or "", its column, and where the rest is."""
    start = 0
    for part in text.rstrip("; ").split(";"):
        found = re.match(r"\s*(?:([^\W\d]\w*)\s*=(?!=))?", part)
        assert found is not None
        column = start + len(part) - len(part.lstrip()) + 1
        if not part[found.end() :].strip():
            raise ExpressionError("an expression is missing here", text, start + found.end() + 1)
        yield found[1] or "", column, start + found.end(), start + len(part)
        start += len(part) + 1


def _tree(text: str, start: int, end: int) -> ast.expr:
    """The tree of one step; spaces in front of it keep its columns."""
    try:
        # not to hear what Python thinks of `1if x`, which is refused anyway
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(f"({' ' * start}{text[start:end]}\n)", mode="eval").body
    except SyntaxError as error:
        column = min(max((error.offset or 1) - 1, 1), end + 1)
        hint = "; a product needs its sign: 2*x" if re.search(r"\d[A-Za-z(]|\)[\w(]", text) else ""
        raise ExpressionError(f"this is no expression: {error.msg}{hint}", text, column) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"this cannot be read: {str(error) or 'too deep'}", text, 1) from None


def _check_size(text: str) -> None:
    if not text.strip():
        raise ExpressionError("there is nothing here; write for example tanh(w*x + b)", text, 1)
    if len(text) > LONGEST:
        reason = f"{len(text):,} characters are too many, {LONGEST:,} may be"
        raise ExpressionError(reason, text[:LONGEST], LONGEST)
    depth = 0
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > DEEPEST:
            raise ExpressionError(f"more than {DEEPEST} brackets within brackets", text, i + 1)
        if depth < 0:
            raise ExpressionError("this bracket closes nothing", text, i + 1)
        if character in "\r\n\f":
            raise ExpressionError("an expression is one line; join the lines", text, i + 1)
        if "\ud800" <= character <= "\udfff" or character == "\0":
            raise ExpressionError(f"{character!r} is no character of any expression", text, i + 1)


class _Builder:
    """Walks over the tree of each step; `used` are the names that it met."""

    start: int  # of the step at hand

    def __init__(self, text: str, names: Mapping[str, Value | float]) -> None:
        self.text, self.names = text, names
        self.nodes: dict[str, Value] = {}  # leaves, and what each step has made, by their names
        self.used: set[str] = set()

    def step(self, name: str, column: int, start: int, tree: ast.expr) -> Value:
        """What one step gives; from then on its name stands for that."""
        self._check_name(name, column)
        self.start = start
        made = self.build(tree, 0)
        is_leaf = name and not isinstance(made, Value)  # a = 3; makes one, as the argument a=3 does
        self.nodes[name] = result = Value(made) if is_leaf else as_value(made)
        result.label = result.label or name
        return result

    def _check_name(self, name: str, column: int) -> None:
        reason = ""
        if "" in self.nodes:
            reason = "the step before this one needs a name, as in b = a*a;"
        elif name in FUNCTIONS:
            reason = f"`{name}` is a function; choose another name"
        elif name in self.names or name in self.nodes:
            reason = f"`{name}` has a number already; choose another name"
        if reason:
            raise ExpressionError(reason, self.text, column)

    def build(self, node: ast.expr, depth: int) -> Any:
        if depth > 3 * DEEPEST:
            raise self._error(node, "this is nested too deeply")
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return self._number(node, number)
            case ast.Name(id=name):
                return self._leaf(node, name)
            case ast.BinOp():
                return self._binary(node, depth)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return ops.neg(self.build(operand, depth + 1))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.build(operand, depth + 1)
            case ast.Call():
                return self._call(node, depth)
        raise self._error(node, f"{_what(node)} cannot be used here; there are {SYNTAX}")

    def _number(self, node: ast.expr, number: float) -> float:
        try:
            return float(number)
        except OverflowError:
            raise self._error(node, "this number is too large; the largest is 1.8e308") from None

    def _leaf(self, node: ast.expr, name: str) -> Value:
        if name in FUNCTIONS:
            raise self._error(node, f"`{name}` is a function and takes arguments: {name}(...)")
        if name in self.names and name not in self.nodes:
            given = self.names[name]
            self.nodes[name] = given if isinstance(given, Value) else Value(given, name)
        if name not in self.nodes:
            known = ", ".join(dict.fromkeys((*self.names, *self.nodes))) or "none yet"
            raise self._error(node, f"`{name}` has no number; give {name}=... (given: {known})")
        self.used.add(name)
        return self.nodes[name]

    def _binary(self, node: ast.BinOp, depth: int) -> Any:
        # a + b + c + ... leans to the left as deep as it is long: walk down that side in a loop.
        chain = [node]
        while isinstance(chain[-1].left, ast.BinOp):
            chain.append(chain[-1].left)
        result = self.build(chain[-1].left, depth + 1)
        for link in reversed(chain):
            op = BINARY.get(type(link.op))
            if op is None:
                raise self._error(link.right, _unknown_operator(link.op))
            result = op(result, self.build(link.right, depth + 1))
        return result

    def _call(self, node: ast.Call, depth: int) -> Any:
        if not isinstance(node.func, ast.Name):
            raise self._error(node.func, f"functions are written plainly, as in tanh(x); {SYNTAX}")
        name = node.func.id
        if name not in FUNCTIONS:
            raise self._error(node.func, f"`{name}` is no function here{_suggestion(name)}")
        if node.keywords:
            raise self._error(node.keywords[0].value, "arguments go by position, without names")
        lists = name in LIST_FUNCTIONS
        arguments = [self._argument(argument, depth, lists) for argument in node.args]
        return self._apply(node, name, arguments)

    def _argument(self, node: ast.expr, depth: int, lists: bool) -> Any:
        if lists and isinstance(node, ast.List):
            return [self.build(element, depth + 1) for element in node.elts]
        return self.build(node, depth + 1)

    def _apply(self, node: ast.Call, name: str, arguments: list[Any]) -> Any:
        if name in ROWS:
            needed = len(ROWS[name].rules)
            if len(arguments) != needed:
                got = f"{needed} argument{'s' * (needed != 1)}, not {len(arguments)}"
                raise self._error(node, f"`{name}` takes {got}")
            return ROWS[name](*arguments)
        try:
            return LIST_FUNCTIONS[name](*arguments)
        except (TypeError, ValueError) as error:
            usage = "dot([w1, w2], [x1, x2], b)" if name == "dot" else f"{name}([a, b, c])"
            raise self._error(node, f"write `{name}` as in {usage} ({error})") from None

    def _error(self, node: ast.expr, reason: str) -> ExpressionError:
        # Python counts in bytes of UTF-8, from 0, and there is a bracket in front of the text.
        step = f"({' ' * self.start}{self.text[self.start :]}"
        before = step.encode(errors="replace")[: node.col_offset]
        return ExpressionError(reason, self.text, max(1, len(before.decode(errors="replace"))))


def _what(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return f"{node.value!r:.40}"
    return {
        ast.Attribute: "a dot",
        ast.Subscript: "an index",
        ast.Compare: "a comparison",
        ast.List: "a list",
        ast.Tuple: "a comma",
        ast.IfExp: "if ... else, which where(condition, a, b) replaces,",
    }.get(type(node), type(node).__name__.lower())


def _unknown_operator(op: ast.operator) -> str:
    if isinstance(op, ast.BitXor):
        return "`^` is no operator here; a power is written **"
    return f"there is no such operator ({type(op).__name__.lower()}); there are + - * / ** %"


def _suggestion(name: str) -> str:
    from difflib import get_close_matches

    from autograd_mini.engine.facts import FACTS

    elsewhere = [op for op, facts in FACTS.items() if name in facts.aliases]
    known = [op.name if op.name in ROWS else f"{op.symbol} for a {op.name}" for op in elsewhere]
    close = known or get_close_matches(name, FUNCTIONS, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return "; there are " + ", ".join(sorted(FUNCTIONS))
