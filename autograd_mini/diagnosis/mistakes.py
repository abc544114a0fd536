"""The known mistakes: their names, what they are in a sentence, and what exposes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from autograd_mini.diagnosis.wrong_passes import CONTRIBUTIONS, RIGHT, Changes
from autograd_mini.engine import ops, sweep
from autograd_mini.engine.ops import Op
from autograd_mini.engine.parsing import expression_names, parse
from autograd_mini.engine.value import Value
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import columns
from autograd_mini.text.paragraphs import Sentence
from autograd_mini.text.parts import Name, Operation, Piece, Words
from autograd_mini.text.sentences import numbers_of

NUMBERS = {"a": 3.0, "b": -5.0}  # for the leaves of witnesses


class Known:
    """Something that people get wrong: its name, and in a sentence what goes wrong."""

    def __init__(self, name: str, sentence: str) -> None:
        self.name, self.sentence = name, sentence

    def lines(self, start: int = 0, hang: int = 4) -> list[str]:
        """The name and the sentence as lines of text."""
        return Sentence(f"{self.name}: {self.sentence}", start, hang).lines()


K = TypeVar("K", bound=Known)


class Mistake(Known):
    """One way to get the chain rule wrong.

    >>> mistakes["overwrite"]
    overwrite: a contribution replaces the gradient instead of adding to it; write += for =.
    It shows on a + a*a with a = 3.

    `sentence` says what goes wrong. `witness` is the smallest expression that exposes it, with
    `numbers` for its leaves: those of `NUMBERS`, if no others are given. `changes` are the parts of
    the backward pass that it changes, and `variants` are other ways to make it, which give other
    numbers.
    """

    def __init__(
        self, name: str, sentence: str, witness: str, *variants: Changes, **numbers: float
    ) -> None:
        super().__init__(name, sentence)
        names = sorted(expression_names(witness) if witness else [])
        self.witness, self.numbers = witness, {x: (NUMBERS | numbers)[x] for x in names}
        self.changes, *self.variants = variants

    def expression(self) -> Value:
        """The witness as a graph, with names for its leaves.

        >>> mistakes["overwrite"].expression()
        Value(12.0, label='y', op='+')
        """
        result = parse(self.witness, **self.numbers)
        result.label = result.label or "y"
        return result

    def contribution(self, upstream: Piece, local: Piece) -> Piece:
        """What flows down one edge when this mistake is made, made of these parts or numbers.

        >>> as_text(mistakes["overwrite"].contribution(2.0, -3.0))
        '2 * (-3)'
        >>> as_text(mistakes["no_upstream"].contribution(Name("u"), Name("v")))
        'v'
        """
        contribute = CONTRIBUTIONS[self.changes.get("contribution", RIGHT["contribution"])]
        made = contribute(Name("upstream"), Name("local"))
        return Operation(made.op, (upstream, local)) if isinstance(made, Operation) else local

    @property
    def where(self) -> Words:
        """Where it shows: the witness and its numbers."""
        return Words(f"It shows on {self.witness} with ", numbers_of(self.numbers), ".")

    def __repr__(self) -> str:
        return f"{self.name}: {self.sentence}\n{as_text(self.where)}"


class Catalogue(Mapping[str, K]):
    """The known mistakes by name: those of the whole pass first, then those of single rules.

    >>> len(mistakes), list(mistakes)[:3]
    (24, ['overwrite', 'set_parents', 'recurse_per_path'])
    >>> print(mistakes["subtraction_sign"].sentence)
    the derivative of x - y with respect to y is taken to be 1 instead of -1.
    """

    def __init__(self, *known: K) -> None:
        self._known = {mistake.name: mistake for mistake in known}

    def __getitem__(self, name: str) -> K:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __repr__(self) -> str:
        return "\n".join(columns([[m.name, m.sentence] for m in self._known.values()], sides="<"))

    def named(self, name: str) -> K:
        """The mistake of this name; another name is a `ValueError` that says which there are."""
        if name in self._known:
            return self._known[name]
        close = get_close_matches(str(name), self, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise ValueError(f"there is no mistake {name!r}; {hint}there are {', '.join(self)}")


# -- what the mistakes change ----------------------------------------------------------------------


def _row(row: Op, *rules: Callable[..., Any] | float | None) -> dict[Op, Op]:
    """The row with other rules; None keeps the right one."""
    kept = [old if new is None else new for new, old in zip(rules, row.rules, strict=True)]
    return {row: Op(row.name, row.text, row.forward, *kept, variadic=row.variadic)}


_NOT_SWAPPED = {
    **_row(ops.mul, lambda x, y, z: x, lambda x, y, z: y),
    **_row(ops.dot, lambda x, z: [*x[: len(x) // 2], *x[len(x) // 2 : -1], 1.0]),
}


# fmt: off
mistakes = Catalogue(
    Mistake("overwrite",
        "a contribution replaces the gradient instead of adding to it; write += for =.",
        "a + a*a", {"total": "product"}),
    Mistake("set_parents",
        "the operands are kept in a set or a dictionary, so a node that stands twice counts once.",
        "a + a*a", {"positions": "last of each"}),
    Mistake("recurse_per_path",
        "backward() calls itself for each operand, so a shared node passes its total on each time.",
        "b = a*a; b + b", {"visits": sweep.EVERY_PATH}, {"visits": sweep.EVERY_PATH_EDGE_BY_EDGE}),
    Mistake("preorder",
        "depth first from the root, a node passes its gradient on before all of it has arrived.",
        "b = a*a; b*b + (a + b)", {"visits": sweep.DEPTH_FIRST}),
    Mistake("postorder",
        "the order is not reversed: operands pass their gradients on before they have any.",
        "a*a + b", {"visits": sweep.OPERANDS_FIRST}),
    Mistake("breadth_first",
        "level by level from the root, a node passes its gradient on before all has arrived.",
        "b = a*a; (b + b + a)*b", {"visits": sweep.BREADTH_FIRST}),
    Mistake("first_path_only",
        "a node that has a gradient takes no more, so only the first path to it counts.",
        "a + a*b", {"total": "before"}, {"visits": sweep.FIRST_WAY_DOWN}),
    Mistake("seed_zero",
        "the gradient of the root is not set to 1 at the start, so everything stays 0.",
        "a * b", {"seed": 0.0}),
    Mistake("seed_output",
        "the gradient of the root starts as its number instead of 1.",
        "a * b", {"seed": "root"}),
    Mistake("no_upstream",
        "the local derivative is passed on without the factor upstream, from the result.",
        "5 * (a*b)", {"contribution": "local"}),
    Mistake("add_upstream",
        "along a path the derivatives are added instead of multiplied.",
        "a * b", {"contribution": "upstream + local"}),
    Mistake("outer_at_wrong_point",
        "the outer derivative is taken at the innermost number: f'(x) g'(x) for f'(g(x)) g'(x).",
        "sin(a**2)", {"point": "innermost"}),
    Mistake("product_not_swapped",
        "the derivative of x*y with respect to x is taken to be x instead of y.",
        "a * b", {"rows": _NOT_SWAPPED}),
    Mistake("subtraction_sign",
        "the derivative of x - y with respect to y is taken to be 1 instead of -1.",
        "a - b", {"rows": _row(ops.sub, None, 1.0)}),
    Mistake("quotient_sign",
        "the derivative of x/y with respect to y has lost its minus: x/y**2 for -x/y**2.",
        "a / b", {"rows": _row(ops.div, None, lambda x, y, z: ops.div(z, y))}),
    Mistake("quotient_no_numerator",
        "the derivative of x/y with respect to y has lost its x: -1/y**2 for -x/y**2.",
        "a / b", {"rows": _row(ops.div, None, lambda x, y, z: -ops.div(1.0, y * y))}),
    Mistake("power_no_n",
        "the derivative of x**n has lost its factor n: x**(n - 1) for n * x**(n - 1).",
        "a ** 3", {"rows": _row(ops.power, lambda x, y, z: ops.power(x, y - 1.0), None)}, a=5.0),
    Mistake("power_no_minus_one",
        "the derivative of x**n keeps the exponent: n * x**n for n * x**(n - 1).",
        "a ** 3", {"rows": _row(ops.power, lambda x, y, z: y * z, None)}, a=5.0),
    Mistake("exp_of_input",
        "the derivative of exp is taken to be its input x instead of its result exp(x).",
        "exp(a)", {"rows": _row(ops.exp, lambda x, z: x)}),
    Mistake("tanh_of_input",
        "the derivative of tanh is taken to be 1 - x**2, of the input, for 1 - tanh(x)**2.",
        "tanh(a)", {"rows": _row(ops.tanh, lambda x, z: 1.0 - x * x)}),
    Mistake("tanh_no_square",
        "the derivative of tanh is taken to be 1 - tanh(x), without the square.",
        "tanh(a)", {"rows": _row(ops.tanh, lambda x, z: 1.0 - z)}),
    Mistake("sigmoid_of_input",
        "the derivative of sigmoid is taken to be x(1 - x), of the input, for s(1 - s).",
        "sigmoid(a)", {"rows": _row(ops.sigmoid, lambda x, z: x * (1.0 - x))}),
    Mistake("relu_ungated",
        "relu passes the gradient on where it is closed: 1 instead of 0 for x below 0.",
        "b * relu(a)", {"rows": _row(ops.relu, 1.0)}, a=-3.0),
    Mistake("log_of_log",
        "the derivative of log is taken to be log itself, as that of exp is exp; it is 1/x.",
        "log(a)", {"rows": _row(ops.log, lambda x, z: z)},
        {"rows": _row(ops.log, lambda x, z: ops.div(1.0, z))}),
)
# fmt: on
