"""anomaly(): the first number that is not finite, in either pass, named with its source line."""

import asyncio
import copy
import inspect
import json
import math
import os
import pickle
import random
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Op, Value, no_grad, topological_order
from autograd_mini.engine import contexts, ops
from autograd_mini.engine.errors import AnomalyError, AutogradMiniError
from autograd_mini.explaining import anomaly as anomaly_module
from autograd_mini.explaining.anomaly import anomaly
from autograd_mini.tracing.graph import Node, graph_of
from autograd_mini.tracing.trace import Trace, trace
from support.interrupts import interrupted_everywhere
from support.random_graphs import bits, random_graph
from support.rows import each_row

INF, NAN = math.inf, math.nan
HERE = inspect.getsourcefile(inspect.currentframe())


def line_with(text):
    """The number of the only line of this file that has a text, this function's calls aside."""
    with open(HERE, encoding="utf-8") as file:
        lines = [k for k, line in enumerate(file, 1) if text in line and "line_with" not in line]
    assert len(lines) == 1, (text, lines)
    return lines[0]


def raised(act):
    with pytest.raises(AnomalyError) as caught, anomaly():
        act()
    return caught.value


def without_source(error):
    """The message, its line `file "..."` and the text of the line aside."""
    lines = str(error).splitlines()
    return "\n".join([x for x in lines if 'file "' not in x and not x.startswith(" " * 8)])


# -- the forward pass: every way that a number goes bad --------------------------------------------

x = Value(3.0)
w = Value(-1.0)
nothing = Value(0.0)
unknown = Value(NAN)
endless = Value(INF)
large = Value(1e200)
steep = Op("steep", "steep({})", lambda a: INF if a == 3.0 else NAN, lambda a, z: 1.0)

FORWARD = {
    "log of 0": (lambda: (x - 3.0).log(), -INF, "log(x - 3) = log(0) = -inf"),
    "log below 0": (lambda: w.log(), NAN, "log(w) = log(-1) = nan"),
    "log2": (lambda: am.log2(w), NAN, "log2(w) = log2(-1) = nan"),
    "log10": (lambda: am.log10(nothing), -INF, "log10(nothing) = log10(0) = -inf"),
    "log1p": (lambda: am.log1p(w), -INF, "log1p(w) = log1p(-1) = -inf"),
    "log1p below -1": (lambda: am.log1p(-x), NAN, "log1p(-x) = log1p(-3) = nan"),
    "sqrt": (lambda: w.sqrt(), NAN, "sqrt(w) = sqrt(-1) = nan"),
    "asin": (lambda: Value(1.000000001).asin(), NAN, "asin(1.000000001) = nan"),
    "acos": (lambda: x.acos(), NAN, "acos(x) = acos(3) = nan"),
    "acosh": (lambda: nothing.acosh(), NAN, "acosh(nothing) = acosh(0) = nan"),
    "atanh": (lambda: w.atanh(), -INF, "atanh(w) = atanh(-1) = -inf"),
    "atanh above 1": (lambda: x.atanh(), NAN, "atanh(x) = atanh(3) = nan"),
    "1 / 0": (lambda: x / nothing, INF, "x / nothing = 3 / 0 = inf"),
    "1 / 0, reflected": (lambda: 1 / nothing, INF, "1 / nothing = 1 / 0 = inf"),
    "0 / 0": (lambda: nothing / nothing, NAN, "nothing / nothing = 0 / 0 = nan"),
    "1 / tiny": (lambda: 1.0 / Value(1e-320), INF, "1 / 9.99989e-321 = inf"),
    "modulo 0": (lambda: x % 0.0, NAN, "x % 0 = 3 % 0 = nan"),
    "0 to a negative power": (lambda: nothing**-1, INF, "nothing ** (-1) = 0 ** (-1) = inf"),
    "root of a negative number": (lambda: w**0.5, NAN, "w ** 0.5 = (-1) ** 0.5 = nan"),
    "a power, reflected": (lambda: (-2.0) ** Value(0.5), NAN, "(-2) ** 0.5 = nan"),
    "0 * inf": (lambda: nothing * INF, NAN, "nothing * inf = 0 * inf = nan"),
    "inf - inf": (lambda: endless - endless, NAN, "endless - endless = inf - inf = nan"),
    "sin of inf": (lambda: endless.sin(), NAN, "sin(endless) = sin(inf) = nan"),
    "overflow of exp": (lambda: (x * 1000.0).exp(), INF, "exp(x * 1000) = exp(3000) = inf"),
    "overflow of a product": (lambda: large * large, INF, "= 1e200 * 1e200 = inf"),
    "overflow of a power": (lambda: large**2, INF, "large ** 2 = 1e200 ** 2 = inf"),
    "overflow of a sum": (lambda: am.sum([large * 1e108] * 3), INF, "= inf"),
    "overflow of a dot": (lambda: am.dot([large], [large]), INF, "0 + large * large = "),
    "within a dot": (
        lambda: am.dot([large, large], [large, -large]), NAN,
        "0 + large * large + large * (-large)",
    ),
    "many operands": (
        lambda: am.dot([large] * 9, [x] * 8 + [large]), INF,
        "dot(large, ..., 0) of 19 operands = inf",
    ),
    "nan given": (lambda: unknown * 2.0, NAN, "unknown * 2 = nan * 2 = nan"),
    "inf given": (lambda: x + INF, INF, "x + inf = 3 + inf = inf"),
    "constants": (lambda: under_no_grad(lambda: (x * 0.0).log()), -INF, "log(0) = -inf"),
    "an operation of one's own": (lambda: steep(x), INF, "steep(x) = steep(3) = inf"),
    "nan of one's own": (lambda: steep(w), NAN, "steep(w) = steep(-1) = nan"),
    "a loss": (lambda: am.losses.mse(large, -1e200), INF, "= 2e200 * 2e200\n"),
    "a network": (lambda: am.nn.MLP(2, [3, 1], seed=0)([INF, 1.0]), INF, "inf"),
    "sum, a function": (lambda: am.sum([unknown, x]), NAN, "unknown + x = nan + 3 = nan"),
}  # fmt: skip


def under_no_grad(act):
    with no_grad():
        return act()


@each_row("name", FORWARD)
def test_the_forward_pass_stops_at_the_first_number_that_is_not_finite(name):
    act, number, operation = FORWARD[name]
    error = raised(act)
    assert repr(error.number) in (repr(number), repr(-number) if name == "a network" else "")
    assert error.direction == "forward"
    assert operation in without_source(error)
    assert without_source(error).startswith(f"the forward pass came to {error.number}:")
    assert f'test_anomaly.py", line {act.__code__.co_firstlineno}' in error.source
    assert not contexts.open_entries


@each_row("name", FORWARD)
def test_a_message_fits_in_80_columns(name):
    lines = without_source(raised(FORWARD[name][0])).splitlines()
    assert max(map(len, lines)) <= 80 and lines == [line.rstrip() for line in lines]
    assert lines[-1].endswith(".")


def test_it_is_a_value_error_and_one_of_ours():
    error = raised(lambda: w.log())
    assert isinstance(error, AutogradMiniError) and isinstance(error, ValueError)
    twin = pickle.loads(pickle.dumps(error))
    assert (str(twin), twin.direction, twin.source) == (str(error), "forward", error.source)


@pytest.mark.parametrize("name", ["1 / inf", "where", "x ** 0", "minimum", "detached"])
def test_numbers_that_are_not_finite_may_be_used_where_they_do_no_harm(name):
    with anomaly():
        used = {
            "1 / inf": lambda: 1.0 / endless,
            "where": lambda: am.where(1.0, x, unknown),
            "x ** 0": lambda: unknown**0.0,
            "minimum": lambda: am.minimum(endless, x),
            "detached": lambda: x.detach() * 2.0,
        }[name]()
    assert math.isfinite(used.data)


def test_what_is_not_an_operation_does_not_count():
    with anomaly():
        a = Value(NAN)
        a.data = INF
        a.grad = NAN
    assert a.data == INF


MESSAGES = {
    "log of 0": """
the forward pass came to -inf: log(x - 3) = log(0) = -inf
log goes to infinity at 0. Keep x - 3 above 0, as in log(maximum(x - 3, 1e-12)).
""",
    "sqrt": """
the forward pass came to nan: sqrt(w) = sqrt(-1) = nan
sqrt is defined for w >= 0. Keep w above 0, as in sqrt(maximum(w, 1e-12)).
""",
    "asin": """
the forward pass came to nan: asin(1.000000001) = nan
asin is defined for -1 <= x <= 1. Keep x between -1 and 1, as in
asin(clip(x, -0.999, 0.999)).
""",
    "1 / 0": """
the forward pass came to inf: x / nothing = 3 / 0 = inf
That divides by 0. Keep nothing away from 0, as in nothing + 1e-12.
""",
    "1 / tiny": """
the forward pass came to inf: 1 / 9.99989e-321 = inf
That is beyond 1.8e308, where floats end. Keep y away from 0, as in y + 1e-12.
""",
    "0 / 0": """
the forward pass came to nan: nothing / nothing = 0 / 0 = nan
/ is defined for a divisor other than 0. Keep nothing away from 0, as in
nothing + 1e-12.
""",
    "0 to a negative power": """
the forward pass came to inf: nothing ** (-1) = 0 ** (-1) = inf
That divides by 0. Keep nothing above 0, as in maximum(nothing, 1e-12).
""",
    "overflow of exp": """
the forward pass came to inf: exp(x * 1000) = exp(3000) = inf
That is beyond 1.8e308, where floats end. exp takes 709 at most; logsumexp,
softmax, sigmoid and the losses do not overflow.
""",
    "overflow of a product": """
the forward pass came to inf: large * large = 1e200 * 1e200 = inf
That is beyond 1.8e308, where floats end. Use smaller numbers: scaled inputs,
smaller weights, a smaller learning rate.
""",
    "within a dot": """
the forward pass came to nan:
    0 + large * large + large * (-large)
    = 0 + 1e200 * 1e200 + 1e200 * (-1e200)
    = nan
dot made that of finite numbers; those on the way to it may be too large.
""",
    "nan given": """
the forward pass came to nan: unknown * 2 = nan * 2 = nan
Before that, unknown was nan already: it was given so.
""",
    "inf given": """
the forward pass came to inf: x + inf = 3 + inf = inf
Before that, operand 2 was inf already: it was given so.
""",
}


@pytest.mark.parametrize("name", MESSAGES)
def test_what_a_message_says(name):
    assert without_source(raised(FORWARD[name][0])) == MESSAGES[name].strip()


def test_a_number_computed_before_is_told_from_one_that_was_given():
    before = nothing.log()
    error = raised(lambda: before * 2.0)
    assert without_source(error).endswith(
        "Before that, before was -inf already: it was computed outside of anomaly()."
    )


def test_labels_win_and_hostile_ones_do_no_harm():
    named = Value(-1.0, "two\nlines" + "!" * 99)
    shown = without_source(raised(lambda: named.log())).splitlines()[1]
    assert shown.startswith("    log((two\N{REPLACEMENT CHARACTER}lines!!!")
    assert "log(-1) = nan" in str(raised(lambda: Value(-1.0).log()))
    assert "log(0) = -inf" in str(raised(lambda: (Value(1.0) - 1.0).log()))
    assert "log(x - 3) = log(0)" in str(raised(lambda: (x - 3.0).log()))
    long = Value(3.0, "a_name_that_is_long_enough_here")
    assert "came to -inf: log(0) = -inf" in str(raised(lambda: (long - 3.0).log()))


# -- the backward pass -----------------------------------------------------------------------------


def root_at_zero():
    a = Value(0.0)
    b = a.sqrt()
    return b * 2.0


def masked_root():
    a = Value(0.0)
    b = a.sqrt()
    return am.where(0.0, b, a)


def finite_factors():
    a = Value(1e-200)
    b = a * 1e200
    return b * 1e200


def infinite_sum():
    a = Value(1e-10)
    b, c = a * 1.7e308, a * 1.7e308
    return b + c


def exponent():
    a, n = Value(-2.0), Value(2.0)
    return a**n


def steep_quotient():
    a = Value(1e-320)
    return a / 1e-320


def fork_of_infinities():
    a = Value(0.0)
    b, c = a.sqrt(), a.sqrt()
    return b - c


def steep_power():
    a = Value(0.0)
    return a**0.5


def slope_of_nan():
    odd = Op("odd", "odd({})", lambda a: a, lambda a, z: NAN)
    return odd(Value(1.0))


BACKWARD = {
    root_at_zero: """
the backward pass came to inf: upstream * local = 2 * inf = inf
    from b = sqrt(a) = sqrt(0) = 0
    down to a
sqrt is infinitely steep there. Keep a above 0, as in sqrt(maximum(a, 1e-12)).
""",
    masked_root: """
the backward pass came to nan: upstream * local = 0 * inf = nan
    from b = sqrt(a) = sqrt(0) = 0
    down to a
sqrt is infinitely steep there. 0 * inf is no number, so a where after it comes
too late. Keep a above 0, as in sqrt(maximum(a, 1e-12)).
""",
    finite_factors: """
the backward pass came to inf: upstream * local = 1e200 * 1e200 = inf
    from b = a * 1e200 = 1e-200 * 1e200 = 1
    down to a
That is beyond 1.8e308, where floats end. Use smaller numbers: scaled inputs,
smaller weights, a smaller learning rate.
""",
    infinite_sum: """
the backward pass came to inf:
    the sum so far + upstream * local
    = 1.7e308 + 1.7e308
    = inf
    from b = a * 1.7e308 = 1e-10 * 1.7e308 = 1.7e298
    down to a
That is beyond 1.8e308, where floats end. Use smaller numbers: scaled inputs,
smaller weights, a smaller learning rate.
""",
    exponent: """
the backward pass came to nan: upstream * local = 1 * nan = nan
    from v = a ** n = (-2) ** 2 = 4
    down to n
The derivative by the exponent takes the log of the base. Keep a above 0, as in
maximum(a, 1e-12). An exponent that needs no gradient is better a plain number.
""",
    steep_quotient: """
the backward pass came to inf: upstream * local = 1 * inf = inf
    from v = a / 9.99989e-321 = 9.99989e-321 / 9.99989e-321 = 1
    down to a
/ is infinitely steep there. Keep y away from 0, as in y + 1e-12.
""",
    fork_of_infinities: """
the backward pass came to -inf: upstream * local = -1 * inf = -inf
    from c = sqrt(a) = sqrt(0) = 0
    down to a
sqrt is infinitely steep there. Keep a above 0, as in sqrt(maximum(a, 1e-12)).
""",
    steep_power: """
the backward pass came to inf: upstream * local = 1 * inf = inf
    from v = a ** 0.5 = 0 ** 0.5 = 0
    down to a
** is infinitely steep there. Keep a above 0, as in maximum(a, 1e-12).
""",
    slope_of_nan: """
the backward pass came to nan: upstream * local = 1 * nan = nan
    from v = odd(1) = 1
    down to operand 1, which is 1
odd has no derivative there.
""",
}


def with_labels(build):
    """The graph of a function whose local variables become labels; the result is v."""
    found = {}

    def profile(frame, event, argument):
        if event == "return" and frame.f_code is build.__code__:
            found.update(frame.f_locals)

    sys.setprofile(profile)
    try:
        v = build()
    finally:
        sys.setprofile(None)
    for name, node in {"v": v, **found}.items():
        if isinstance(node, Value):
            node.label = name
    return v


@pytest.mark.parametrize("build", BACKWARD, ids=lambda build: build.__name__)
def test_the_backward_pass_stops_at_the_first_contribution_that_is_not_finite(build):
    with anomaly():
        v = with_labels(build)
        _order = topological_order(v)  # with such a name it is no name for its nodes
        for leaf in _order:
            leaf.grad = 5.0 if leaf.is_leaf else None
        with pytest.raises(AnomalyError) as caught:
            v.backward()
    error = caught.value
    assert without_source(error) == BACKWARD[build].strip()
    assert error.direction == "backward" and not math.isfinite(error.number)
    assert f", in {build.__name__}" in error.source
    assert [node._grad for node in _order] == [5.0 if node.is_leaf else None for node in _order]


def test_numbers_of_the_forward_pass_outside_are_not_passed_over():
    a = Value(800.0, "a")
    b = a.exp()
    b.label = "b"
    v = b * 0.5
    error = raised(v.backward)
    assert without_source(error).splitlines()[1:] == [
        "    from b = exp(a) = exp(800) = inf",
        "    down to a",
        "The forward pass came to that outside of anomaly(): run it inside as well.",
    ]
    assert error.source == ""
    u = Value(INF, "endless") * x
    error = raised(u.backward)
    assert without_source(error).endswith("Before that, endless was inf already: it was given so.")


def test_the_numbers_are_those_that_the_gradients_are_made_of():
    a = Value(0.0, "a")
    v = a.sqrt()
    a.data = 4.0
    assert "from v = sqrt(a) = sqrt(0) = 0" in str(raised(lambda: v.backward()))


def test_a_seed_that_is_not_finite():
    a = Value(2.0)
    error = raised(lambda: (a * a).backward(NAN))
    assert str(error) == (
        "the backward pass starts from nan: that is the seed that backward() was given\n"
        "Give it a finite one, or none."
    )
    assert a._grad is None


@pytest.mark.parametrize(("earlier", "text"), [(1.7e308, "1.7e308"), (INF, "inf"), (NAN, "nan")])
def test_a_leaf_that_adds_to_an_earlier_gradient(earlier, text):
    leaf = Value(1.0, "leaf")
    leaf.grad = earlier
    v = leaf * 1e308
    error = raised(v.backward)
    assert str(error) == (
        f"the backward pass came to {earlier + 1e308} in the gradient of leaf: "
        f"{text} + 1e308 = {earlier + 1e308}\n"
        "The first is from earlier passes; call zero_grad() before each one."
    )
    assert repr(leaf.grad) == repr(earlier) and v._grad is None


def test_a_leaf_is_named_by_its_variable():
    weight = Value(1.0)
    weight.grad = INF
    v = weight * 1.0
    with anomaly(), pytest.raises(AnomalyError, match=r"in the gradient of weight: inf \+ 1"):
        v.backward()


def test_a_leaf_that_no_gradient_reaches_is_left_alone():
    a, b = Value(1.0), Value(2.0)
    a.grad = NAN
    with anomaly():
        (a.detach() * b).backward()
    assert b.grad == 1.0


def test_what_no_gradient_passes_does_not_count():
    with anomaly():
        a = Value(0.0)
        (a.sqrt().detach() * a + 0.0).backward()  # behind the wall, sqrt is infinitely steep
    assert a.grad == 0.0


# -- recompute -------------------------------------------------------------------------------------


def test_recompute_stops_before_anything_is_published():
    with anomaly():
        a = Value(3.0, "a")
        b = a * 2.0
        v = (b - 2.0).log()  # of recompute
        a.data = 1.0
        _order, line = topological_order(v), line_with("# of recompute")
        before = [(node.data, node._numbers, node._contribute) for node in _order]
        with pytest.raises(AnomalyError) as caught:
            v.recompute()
    assert f"line {line}, in test_recompute" in caught.value.source
    assert without_source(caught.value).startswith(
        "the forward pass came to -inf: log(b - 2) = log(0) = -inf\n"
    )
    assert [(node.data, node._numbers, node._contribute) for node in _order] == before
    v.recompute()  # outside, numbers may be what they are
    assert v.data == -INF


def test_recompute_of_a_graph_made_outside_says_what_it_knows():
    a = Value(1.0, "a")
    v = a.log()
    a.data = 0.0
    error = raised(v.recompute)
    assert error.source == "" and "log(a) = log(0) = -inf" in str(error)
    assert 'file "' not in str(error)


# -- source lines ----------------------------------------------------------------------------------


def test_the_source_line_is_the_line_of_the_operation():
    a = Value(2.0)
    with anomaly():
        made = [
            a * 3.0,  # of a product
            3.0 - a,  # of a reflected one
            -a,  # of a sign
            a.tanh(),  # of a method
            am.sigmoid(a),  # of a function
            am.dot([a], [1.0]),  # of a variadic row
            am.mean([a, a]),  # of a function of rows
            am.losses.hinge(a, 1),  # of a loss
            am.nn.Neuron(1)([a]),  # of a neuron
            am.gradients(a**3, [a])[0],  # of a gradient
        ]
        long = a * (
            a + 1.0  # of a line in brackets
        )
    marks = """product, reflected one, sign, method, function, variadic row, function of rows, loss,
        neuron, gradient, line in brackets""".split(",")
    for node, mark in zip([*made, long.parents[1]], marks, strict=True):
        number, file = line_with(f"  # of a {mark.strip()}\n"), os.path.relpath(HERE)
        with open(HERE, encoding="utf-8") as text:
            code = " ".join(text.readlines()[number - 1].split())
        inside = "in test_the_source_line_is_the_line_of_the_operation"
        expected = f'file "{file}", line {number}, {inside}: {code}'
        assert graph_of(node).nodes[-1].source == expected


def test_names_of_functions():
    a = Value(2.0)

    class Model:
        def loss(self):
            return [a * b for b in (1.0, 2.0)][-1]

    with anomaly():
        sources = [
            source(Model().loss()),
            source((lambda: a * 2.0)()),
            source(eval("a * 2.0", {"a": a})),
            source(eval("(lambda: a * 2.0)()", {"a": a})),
        ]
    assert [text.partition(": ")[0].partition(", in ")[2] for text in sources] == [
        "Model.loss", "test_names_of_functions", "", "",
    ]  # fmt: skip
    assert sources[2] == 'file "<string>", line 1'


def source(node):
    return graph_of(node).nodes[-1].source


def test_a_long_line_is_cut_and_every_character_has_a_shape(tmp_path):
    file = tmp_path / "model.py"
    file.write_text("def f(a):\n    return a * 2.0 #\x07" + "x" * 99 + "\n", encoding="utf-8")
    space = {}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), space)
    with anomaly():
        text = source(space["f"](Value(1.0)))
    place, _, code = text.partition(": ")
    assert place == f'file "{file}", line 2, in f'
    assert code.startswith("return a * 2.0 #\N{REPLACEMENT CHARACTER}x") and len(code) == 60
    assert text.isprintable()
    file.write_text("\ndef f(a):\n    return a * 2.0\n", encoding="utf-8")  # longer: it has changed
    assert source(space["f"](Value(1.0))) == ""
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), space)
    with anomaly():
        assert source(space["f"](Value(1.0))).endswith(": return a * 2.0")


def test_in_a_message_a_long_line_stands_by_itself():
    def loss(number):
        return Value(number).log()  # a comment which makes this a very long line, as lines go

    lines = str(raised(lambda: loss(-1.0))).splitlines()
    assert lines[1].startswith('    file "') and lines[1].endswith(", in loss")
    assert lines[2] == "        return Value(number).log() # a comment which makes this a v…"


def test_a_file_below_the_working_directory_has_a_short_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = compile("y = a * 2.0", str(tmp_path / "model.py"), "exec")
    space = {"a": Value(1.0)}
    with anomaly():
        exec(code, space)
    assert source(space["y"]) == 'file "model.py", line 1'


@pytest.mark.slow
def test_standard_input_and_the_file_of_a_program(tmp_path):
    program = (
        "from autograd_mini import Value\n"
        "from autograd_mini.explaining.anomaly import anomaly\n"
        "with anomaly():\n"
        "    Value(0.0).log()\n"
    )
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(am.__file__))}

    def last_lines(*arguments, given=None):
        done = subprocess.run(
            [sys.executable, *arguments], input=given, capture_output=True, text=True,
            cwd=tmp_path, env=environment,
        )  # fmt: skip
        return done.stderr.splitlines()[-2]

    assert last_lines("-", given=program) == '    file "<stdin>", line 4'
    shown = '    file "program.py", line 4: Value(0.0).log()'
    assert last_lines(str(tmp_path / "program.py")) == shown


def test_a_source_line_goes_with_the_node():
    with anomaly():
        a = Value(2.0)
        v = a * a + 1.0
    line = source(v)
    assert line and source(a) == ""
    twins = [copy.copy(v), copy.deepcopy(v)]
    v.recompute()
    assert [source(node) for node in (v, *twins)] == [line] * 3
    twins[1].recompute()
    assert source(twins[1]) == line
    a.data = 5.0
    assert [node.is_stale for node in graph_of(v).nodes] == [False, True, False, False]
    v.recompute()
    assert not any(node.is_stale for node in graph_of(v).nodes) and source(v) == line
    v.backward()
    assert a.grad == 10.0


def test_outside_there_is_no_source_and_no_place_for_one():
    v = Value(2.0) * 3.0
    v.recompute()
    assert source(v) == "" and "where" not in Value.__slots__
    assert type(v._contribute) is not contexts.Recorded


def test_a_recorded_graph_can_be_traced_and_written():
    with anomaly():
        a = Value(2.0, "a")
        v = a.exp() * a
    recorded = trace(v)
    assert recorded.root.source == source(v) != ""
    read = Trace.from_json(recorded.to_json())
    assert json.loads(read.to_json()) == json.loads(recorded.to_json())
    assert all(isinstance(node, Node) and node.source == "" for node in read.graph.nodes)


# -- on and off ------------------------------------------------------------------------------------


def is_on():
    try:
        nothing.log()
    except AnomalyError:
        return True
    return False


def test_it_ends_with_the_block_however_the_block_ends():
    assert not is_on()
    with anomaly():
        assert is_on()
    assert not is_on()
    with pytest.raises(KeyError), anomaly():
        raise KeyError
    assert not is_on()
    with anomaly():
        with anomaly():
            assert is_on()
            assert type((x * x)._contribute.contribute) is not contexts.Recorded  # but once
        assert is_on()
        assert is_on()  # an error leaves it on, too
    assert not is_on() and not contexts.open_entries


def test_as_a_decorator():
    @anomaly()
    def loss(a):
        return a.log()

    assert loss(Value(1.0)).data == 0.0
    for _ in range(2):
        with pytest.raises(AnomalyError):
            loss(nothing)
    assert not is_on()


def test_with_no_grad_in_both_orders():
    for outer, inner in ((anomaly, no_grad), (no_grad, anomaly)):
        with outer(), inner():
            assert (x * x).is_constant and (x.tanh()).is_constant
            assert is_on()
            with pytest.raises(AnomalyError, match="came to -inf"):
                (x * 0.0).log()
        assert not (x * x).is_constant and not is_on()
    with anomaly():
        with no_grad(), no_grad(), anomaly():
            assert (x * x).is_constant and is_on()
        assert is_on() and source(x * x)
    with no_grad():
        with anomaly():
            pass
        assert (x * x).is_constant and not is_on()


def test_a_decorated_function_looks_when_it_is_called():
    quiet = no_grad()(lambda: nothing.log())
    assert quiet().data == -INF
    with anomaly(), pytest.raises(AnomalyError):
        quiet()


def test_it_is_a_matter_of_one_thread():
    found = []
    with anomaly():
        thread = threading.Thread(target=lambda: found.append(is_on()))
        thread.start()
        thread.join()
        found.append(is_on())
    assert found == [False, True]


def test_it_is_a_matter_of_one_task():
    async def watched(entered, leave):
        with anomaly():
            entered.set()
            await leave.wait()
            return is_on()

    async def main():
        entered, leave = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(watched(entered, leave))
        await entered.wait()
        here = is_on()
        leave.set()
        return here, await task, is_on()

    assert asyncio.run(main()) == (False, True, False)


def test_an_interrupt_on_the_way_in_leaves_no_state_behind():
    for context in (anomaly, no_grad):
        entered, count = [], 0

        def enter(context=context, entered=entered):
            entered.append(context())
            entered[-1].__enter__()

        for _ in interrupted_everywhere(enter, contexts, anomaly_module):
            count += 1
            entered.clear()
            assert not is_on() and not (x * 2.0).is_constant and not contexts.open_entries
        assert count >= 5
        entered.pop().__exit__(None, None, None)
        assert not is_on() and not contexts.open_entries


# -- the numbers are those of the graph outside ----------------------------------------------------


@given(st.integers(0, 2**32))
def test_it_raises_where_a_result_is_not_finite_and_changes_no_bit(seed):
    expected = random_graph(random.Random(seed))
    bad = [node.data for node in expected if node.op and not math.isfinite(node.data)]
    try:
        with anomaly():
            nodes = random_graph(random.Random(seed))
    except AnomalyError as error:
        assert repr(error.number) == repr(bad[0])
    else:
        assert not bad
        assert bits(node.data for node in nodes) == bits(node.data for node in expected)
        for ours, theirs in zip(nodes, expected, strict=True):
            assert bits(ours.local_derivatives()) == bits(theirs.local_derivatives())


@given(st.integers(0, 2**32))
def test_the_contribution_named_is_the_first_of_the_trace(seed):
    root = random_graph(random.Random(seed))[-1]
    events = [event for event in trace(root) if event.kind == "contribution"]
    bad = [event for event in events if not math.isfinite(event.after)]
    try:
        with anomaly():
            root.backward()
    except AnomalyError as error:
        assert repr(error.number) == repr(bad[0].after)
        assert all(node._grad is None for node in topological_order(root))
    else:
        assert not bad
        assert root.grad == 1.0


@pytest.mark.slow
def test_a_deep_graph():
    with anomaly():
        a = Value(1.0)
        v = a
        for _ in range(50_000):
            v = v * 1.0 + 0.0
        v.backward()
        assert a.grad == 1.0
        with pytest.raises(AnomalyError, match="1e308 \\* 10 = inf\n    from v \\* 10 = 1 \\* 10"):
            (v * 10.0).backward(1e308)
        a.data = INF
        with pytest.raises(AnomalyError, match="a was inf already"):
            v.recompute()
        assert (v.data, a.grad) == (1.0, 1.0)


def test_the_engine_keeps_its_fast_path_after_the_block():
    with anomaly():
        pass
    assert not contexts.open_entries
    assert type(contexts.observer()) is contexts.Observer
    assert ops.mul(x, x).parents == (x, x)


def test_what_a_dot_would_hand_to_a_constant_is_no_anomaly():
    large = Value(1e308)
    with anomaly():
        v = am.dot([large], [0.125])
        (v * 8.0).backward()  # to the 0.125 it would be 8 * 1e308
    assert large.grad == 1.0
