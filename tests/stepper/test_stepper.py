"""The stepper: every way to a moment gives the same moment, no node is touched, all is clear.

The files in tests/golden/stepper are what the texts below should be. After a change on purpose,
write them anew with

    UPDATE_GOLDEN=1 python -m pytest tests/stepper/test_stepper.py

and look at the difference before you believe it.
"""

import copy
import io
import random
import subprocess
import sys
import time
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import (
    Op,
    StaleGraph,
    Trace,
    Value,
    dot,
    gelu,
    logsumexp,
    mistaken,
    mistakes,
    no_grad,
    tanh,
    trace,
)
from autograd_mini.engine import ops as rows
from autograd_mini.engine.value import topological_order
from autograd_mini.stepper.prompt import COMMANDS, Prompt, debug, run_prompt
from autograd_mini.stepper.step import Stepper, step
from support.goldens import golden_files, golden_text
from support.places import ATTACKS
from support.random_graphs import ROWS, bits, graphs
from support.rows import each_row
from support.terminals import Terminal, environment


def lecture():
    a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    L = d * f  # noqa: N806 (the loss of the lecture)
    L.label = "L"
    return L


def neuron():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-1.0, "b")
    o = tanh(w * x + w * b)
    o.label = "o"
    return o


def lecture_stepper():
    return step(lecture()).watch("a")


def data_of(frame):
    """A frame as plain data that can be compared, nan included."""
    where = frame.step, frame.steps, frame.phase, frame.event
    return repr((where, dict(frame.values), dict(frame.gradients), frame.watches))


def state_of(root):
    nodes = topological_order(root)
    return [(id(n), repr(n._data), repr(n._grad), n.label, n.parents, n._contribute) for n in nodes]


# -- moments ---------------------------------------------------------------------------------------


def replayed(trace, k):
    """The numbers after k events, by the definition: what the events say, one after the other."""
    values = {node.name: node.data for node in trace.graph.nodes if node.op is None}
    gradients = {}
    for event in list(trace)[:k]:
        (values if event.kind == "forward" else gradients)[event.node.name] = event.after
    return values, gradients


@pytest.mark.slow
@given(graphs(results=12, tame=True), st.integers(0, 2**32))
def test_the_same_step_is_the_same_moment_however_it_is_reached(nodes, seed):
    stepper = Stepper(nodes[-1], {}).watch(nodes[-1])
    recorded = [data_of(stepper.frame)]
    while stepper.k < len(stepper):
        recorded.append(data_of(stepper.next().frame))
    assert len(recorded) == len(stepper) + 1
    assert stepper.next().k == len(stepper)
    for k in reversed(range(len(recorded))):
        assert data_of(stepper.frame) == recorded[k]
        stepper.back()
    assert stepper.k == 0
    order = random.Random(seed).sample(range(len(recorded)), len(recorded))
    assert [data_of(stepper.goto(k).frame) for k in order] == [recorded[k] for k in order]


@pytest.mark.slow
@given(graphs(results=12))
def test_a_moment_is_what_its_events_have_made(nodes):
    stepper = Stepper(nodes[-1], {})
    for k in range(0, len(stepper) + 1, 3):
        values, gradients = replayed(stepper.trace, k)
        frame = stepper.goto(k).frame
        assert repr(dict(frame.values)) == repr({name: values.get(name) for name in frame.values})
        expected = {name: gradients.get(name) for name in frame.gradients}
        assert repr(dict(frame.gradients)) == repr(expected)
        assert all(len(line) <= 80 for line in repr(stepper).split("\n"))


@given(graphs(results=12))
def test_the_last_gradients_are_those_of_backward(nodes):
    frame = Stepper(nodes[-1], {}).run().frame
    fresh = copy.deepcopy(nodes[-1])
    fresh.zero_grad()
    fresh.backward()
    pairs = zip(topological_order(fresh), frame.trace.graph.nodes, strict=True)
    assert all(repr(twin._grad) == repr(frame.gradient(node)) for twin, node in pairs)


@given(graphs(results=12, tame=True), st.integers(0, 2**32))
def test_breakpoints_stop_at_all_their_events_and_at_no_other(nodes, seed):
    chance = random.Random(seed)
    stepper = Stepper(nodes[-1], {})
    broken = stepper.trace.graph.nodes[chance.randrange(len(stepper.trace.graph.nodes))]
    op = chance.choice(ROWS)
    stepper.break_at(broken).break_at(op)
    stops = []
    while stepper.k < len(stepper):
        stops.append(stepper.run().k)
    expected = [
        k
        for k, event in enumerate(stepper.trace, 1)
        if any(end and (end is broken or end.op is op) for end in (event.node, event.consumer))
    ]
    assert [k for k in stops if k < len(stepper)] == [k for k in expected if k < len(stepper)]
    found = [k for k, e in enumerate(stepper.trace, 1) if broken in (e.node, e.consumer)]
    for k in range(len(stepper)):
        later = [moment for moment in found if moment > k]
        assert stepper.goto(k).until(broken).k == (later or [len(stepper)])[0]


@pytest.mark.slow
@given(graphs(results=12, tame=True), st.integers(0, 2**32))
def test_no_live_node_is_ever_touched(nodes, seed):
    chance, root = random.Random(seed), nodes[-1]
    chance.choice(nodes).grad = 17.0
    before = state_of(root)
    stepper = Stepper(root, {})
    names = [node.name for node in stepper.trace.graph.nodes if not node.is_constant]
    leaves = [node.name for node in stepper.trace.graph.nodes if node.is_leaf]
    lines = ["n", "back", "c", "p", "l", "w", "u", "d", "draw", "reset", "c"]
    lines += [
        f"{word} {chance.choice(names)}" for word in ("b", "watch", "until", "goto", "p", "l")
    ]
    lines += [f"set {leaf} {chance.uniform(-2, 2)}" for leaf in leaves]
    chance.shuffle(lines)
    answers = transcript(stepper, "\n".join(lines))
    assert "***" not in answers
    assert state_of(root) == before


def test_phases():
    stepper = step(lecture())
    phases = [stepper.goto(k).frame.phase for k in range(len(stepper) + 1)]
    backward = len(stepper) - 4
    assert phases == ["start", *["forward pass"] * 3, *["backward pass"] * backward, "end"]
    assert stepper.goto(0).frame.event is None
    assert stepper.goto(4).frame.event is stepper.trace[3]


def test_none_means_not_computed_in_both_passes():
    stepper = step(lecture())
    nothing = dict.fromkeys("abecdfL")
    assert dict(stepper.frame.values) == nothing | {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}
    assert dict(stepper.frame.gradients) == nothing
    assert stepper.goto(1).frame.values["e"] == -6.0
    assert stepper.goto(1).frame.values["d"] is None
    assert stepper.goto(4).frame.gradients["L"] == 1.0
    with pytest.raises(KeyError, match="nowhere"):
        stepper.frame.values["nowhere"]


def test_a_frame_stays_what_it_was_when_the_stepper_goes_on():
    stepper = step(lecture())
    frame = stepper.goto(9).frame
    before = data_of(frame), repr(frame)
    stepper.run().set("a", 50.0).run()
    assert (data_of(frame), repr(frame)) == before


# -- moving ----------------------------------------------------------------------------------------


def test_the_ends_stay():
    stepper = step(lecture())
    assert stepper.back().k == 0 and len(stepper) == 17
    assert stepper.run().next().k == 17 and stepper.reset().k == 0


def test_goto_a_node_is_where_it_was_computed():
    a = Value(2.0)
    b = a * 3.0
    c = b + a
    stepper = step(c)
    assert [stepper.goto(c).k, stepper.goto("b").k, stepper.goto(a).k] == [2, 1, 0]
    assert stepper.goto(stepper.trace.node(c)).k == 2
    assert stepper.goto("3").k == 0


@pytest.mark.parametrize("k", [-1, 18])
def test_a_position_outside_says_what_there_is(k):
    stepper = step(lecture()).goto(3)
    with pytest.raises(ValueError, match=rf"there is no step {k}: the steps are 0\.\.17"):
        stepper.goto(k)
    assert stepper.k == 3


def test_unknown_nodes_and_operations_say_what_there_is():
    stepper = step(lecture())
    other = step(neuron()).trace
    for move in (stepper.goto, stepper.until, stepper.watch, stepper.break_at):
        with pytest.raises(ValueError, match="its nodes are a, b, e, c, d, f, L"):
            move("z")
        with pytest.raises(ValueError, match="not in this graph"):
            move(Value(1.0))
        with pytest.raises(ValueError, match="'o' was recorded in another graph"):
            move(other.node("o"))
    with pytest.raises(ValueError, match=r"its operations are \*, \+$"):
        stepper.break_at("tanh")
    assert stepper.k == 0


def test_breakpoints_by_symbol_by_name_and_by_row():
    for where in ("+", "sum", rows.add):
        if where != "sum":
            assert step(lecture()).break_at(where).run().k == 2
    assert step(lecture()).break_at("add").run().k == 2
    assert step(lecture()).break_at("*").break_at("a").breakpoints == ["operation *", "node a"]
    assert step(lecture()).break_at("+").clear().run().k == 17


def test_a_name_comes_before_an_operation():
    add = Value(2.0, "add")
    assert step(add + 1.0).break_at("add").breakpoints == ["node add"]


def test_what_cannot_be_stepped():
    with no_grad():
        constant = Value(1.0) * 2.0
    with pytest.raises(ValueError, match="constant"):
        step(constant)
    with pytest.raises(TypeError, match="not float"):
        step(2.0)
    a = Value(1.0)
    b = a * a
    a.data = 5.0
    with pytest.raises(StaleGraph):
        step(b)


def test_a_leaf_alone():
    stepper = step(Value(2.0, "a"))
    assert len(stepper) == 2
    assert "da/da = 1, the start: a changes as a does." in repr(stepper.next())
    assert "da/da = 1 is complete: it is the seed." in repr(stepper.next())


# -- other numbers ---------------------------------------------------------------------------------


def test_set_starts_over_with_the_number():
    root = neuron()
    w = topological_order(root)[0]
    stepper = step(root).watch(w).break_at("tanh").run()
    assert stepper.set(w, 3).k == 0 and w.data == 0.5
    assert stepper.frame.watches == {"w": (3.0, None)}
    assert stepper.run().frame.event.node.name == "o"
    fresh = neuron()
    topological_order(fresh)[0].data = 3.0
    fresh.recompute()
    fresh.backward()
    gradients = stepper.goto(len(stepper)).frame.gradients
    expected = [node.grad for node in topological_order(fresh)]
    assert bits(gradients.values()) == bits(expected)


def test_set_twice_keeps_both_and_the_names():
    a, b = Value(2.0), Value(3.0)
    c = a * b
    stepper = step(c * 2.0 + a)
    names = list(stepper.frame.values)
    stepper.set(a, 5.0).set(b, 7.0)
    assert list(stepper.frame.values) == names
    assert stepper.goto(c).frame.values["c"] == 35.0
    assert stepper.trace.node(a).data == 5.0 and stepper.trace.node(c).data == 35.0


def test_later_changes_of_the_users_numbers_do_not_come_in():
    a, b = Value(2.0), Value(3.0)
    stepper = step(a * b)
    b.data = 100.0
    assert stepper.set(a, 4.0).run().frame.gradients["a"] == 3.0


def test_only_leaves_can_be_set():
    stepper = step(lecture() * 4.0).goto(2)
    with pytest.raises(ValueError, match=r"only leaves can be set, here a, b, c, f; e is a result"):
        stepper.set("e", 1.0)
    with pytest.raises(ValueError, match="4 is a constant, a plain number"):
        stepper.set("4", 1.0)
    with pytest.raises(TypeError, match="real number"):
        stepper.set("a", "many")
    assert stepper.k == 2 and stepper.frame.values["a"] == 2.0


def test_a_number_that_an_operation_refuses_changes_nothing():
    def forward(x):
        if x < 0:
            raise ArithmeticError("below zero")
        return x

    stepper = step(Op("above", "above({})", forward, 1.0)(Value(1.0, "a"))).goto(1)
    with pytest.raises(ArithmeticError):
        stepper.set("a", -1.0)
    assert stepper.k == 1 and stepper.frame.values["a"] == 1.0
    assert stepper.own("a").data == 1.0
    assert "*** ArithmeticError: below zero" in transcript(stepper, "set a -1\np a")


def test_a_mistaken_pass_is_stepped_through_and_stays_one_on_other_numbers():
    a = Value(3.0)
    y = a + a * a
    stepper = step(mistaken(y, "overwrite"))
    assert stepper.run().frame.gradients["a"] == 3.0
    assert stepper.set(a, 5.0).run().frame.gradients["a"] == 5.0
    assert "Wrong: dy/da = 5 instead of 11" in repr(stepper)
    assert a.data == 3.0 and a._grad is None


def test_a_recorded_trace_is_stepped_through_with_the_numbers_of_its_recording():
    a = Value(3.0)
    recorded = trace(a * a)
    a.data = 7.0
    stepper = step(recorded)
    assert stepper.run().frame.gradients["a"] == 6.0
    assert stepper.own("a").data == 3.0 and stepper.set("a", 5.0).own("v1").data == 25.0


def test_a_trace_from_a_file_can_be_walked_through_and_not_changed():
    stepper = step(Trace.from_json(trace(Value(3.0, "a") ** 2.0).to_json()))
    assert stepper.run().frame.gradients["a"] == 6.0 and "a ** 2" in repr(stepper.goto(1))
    with pytest.raises(ValueError, match="read from a file, which has numbers but no operations"):
        stepper.set("a", 1.0)


# -- the text --------------------------------------------------------------------------------------


def check_golden(name, text):
    assert text == golden_text(GOLDEN / name, text)


def mistaken_stepper(name):
    return step(mistaken(mistakes[name].expression(), name))


FRAMES = {
    "lecture": lecture_stepper,
    "neuron": lambda: step(neuron()),
    **{name: partial(mistaken_stepper, name) for name in ("overwrite", "preorder", "seed_output")},
}
GOLDEN = golden_files("stepper", [f"frames_{name}.txt" for name in FRAMES])


@pytest.mark.parametrize("name", FRAMES)
def test_frames_are_what_they_were(name):
    stepper = FRAMES[name]()
    moments = [repr(stepper.goto(k)) for k in range(len(stepper) + 1)]
    check_golden(f"frames_{name}.txt", "\n\n".join(moments) + "\n")


def text_at(root, where):
    """The moment with this in its title."""
    stepper = Stepper(root, {})
    moments = [repr(stepper.goto(k)) for k in range(len(stepper) + 1)]
    return next(moment for moment in moments if where in moment.split("\n")[0])


def test_the_same_operand_twice():
    a = Value(3.0, "a")
    stepper = step(a * a)
    assert "v1 = a * a, so ∂v1/∂a₁ = a = 3" in repr(stepper.goto(3))
    assert "dv1/da = 3, with contribution 1 of 2, more to come" in repr(stepper)
    assert "so ∂v1/∂a₂ = a = 3" in repr(stepper.goto(4))
    assert "dv1/da = 3 + 3 = 6, with contribution 2 of 2, the last" in repr(stepper)


def test_the_local_derivative_in_symbols_and_in_numbers():
    assert "∂o/∂v3 = 1 - o * o = 1 - 0.462117 * 0.462117 = 0.786448" in text_at(
        neuron(), "from o to v3"
    )
    x = Value(-3.0, "x")
    assert "v1 = x ** 2, so ∂v1/∂x = 2 * x = 2 * (-3) = -6" in text_at(x**2, "from v1 to x")


def test_names_that_are_no_words():
    a, b = Value(2.0, "a + b"), Value(3.0, "layers[0].w[1]")
    moment = text_at(a * b, "to (a + b)")
    assert "v1 = (a + b) * layers[0].w[1], so ∂v1/∂(a + b) = layers[0].w[1] = 3" in moment
    assert "dv1/d(layers[0].w[1]) = 2" in text_at(a * b, "to layers")


@pytest.mark.slow
def test_a_formula_that_explains_nothing_is_left_out():
    moment = text_at(logsumexp([Value(0.5, f"x{i}") for i in range(8)]), "to x3")
    assert "∂v1/∂x3 = 0.125\n" in moment


def test_walls_and_constants():
    x = Value(2.0, "x")
    wall = x.detach()
    wall.label = "wall"
    done = text_at(wall * 3.0, "wall is done")
    assert "and wall has no operand that a gradient can pass to" in " ".join(done.split())
    assert "Both passes are finished; where – still stands, no gradient comes." in done
    assert "  Both passes are finished.\n" in repr(step(wall * x).run())


def test_a_rule_that_knows_numbers_only():
    import math

    cosine = Op("mycos", "mycos({})", math.cos, lambda x, z: -math.sin(x))
    moment = text_at(cosine(Value(0.0, "x")), "to x")
    assert "v1 = mycos(x), so ∂v1/∂x = 0\n" in moment


def test_many_operands_are_not_written_out():
    weights = [Value(float(i), f"w{i}") for i in range(400)]
    for root in (dot(weights, weights), logsumexp(weights)):
        lines = repr(step(root).goto(3)).split("\n")
        assert len(lines) <= 12 and all(len(line) <= 80 for line in lines)
        assert "(w0, ..., " in lines[1]


@pytest.mark.parametrize("make", [gelu, tanh, lambda x: logsumexp([x] * 8), lambda x: x**x])
def test_long_formulas_and_names_stay_within_80_columns(make):
    stepper = step(make(Value(0.3, "layers[0].neurons[10].inner.weights[1234]")))
    for k in range(len(stepper) + 1):
        assert all(len(line) <= 80 for line in repr(stepper.goto(k)).split("\n"))


@pytest.mark.slow
@each_row("attack", [a for a in ATTACKS if a["string"]], ids=lambda a: a["id"])
def test_any_name_is_text_and_nothing_else(attack):
    a = Value(2.0, attack["string"])
    stepper = step(tanh(a * a)).watch(a)
    for k in range(len(stepper) + 1):
        assert all(line.isprintable() for line in repr(stepper.goto(k)).split("\n"))
    script = "n\np v1\nl v1\nl\nw\nd\ndraw\nb *\nh\n"
    answers = transcript(stepper, script)
    assert "***" not in answers and all(line.isprintable() for line in answers.split("\n"))


# -- large graphs ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_large_graph():
    x = Value(0.5, "x")
    v = x
    for _ in range(100_000):
        v = -v
    stepper = step(v)
    middle = repr(stepper.goto(len(stepper) // 2))
    assert len(middle) < 1000 and "of 100,001 nodes" not in middle
    assert stepper.frame.gradients["x"] is None and stepper.frame.values["x"] == 0.5
    assert len(repr(stepper.frame.values)) < 100
    answers = transcript(stepper, "w\nl\nc\nw\np x")
    assert "***" not in answers and len(answers) < 3000
    assert "with 1 of 1 contributions" in answers


def test_drawing_a_deep_graph_stays_short():
    v = Value(0.5, "x")
    for _ in range(1000):
        v = -v
    assert len(transcript(Stepper(v, {}), "draw")) < 10_000


# -- the prompt ------------------------------------------------------------------------------------


def transcript(stepper, script):
    stdout = io.StringIO()
    assert run_prompt(stepper, io.StringIO(script), stdout) == 0
    return stdout.getvalue()


WRONG = "p zz,zz,b zz,goto 99,goto,set,set v1 1,set w x,d 7,h zz,until,watch,draw a.jpg,goto x y"
FORK = "goto 13,l w,goto 11,l w,p w,l o,u,d,d 2,c,n,l w,draw"
SCRIPTS = {
    "lecture": (lecture, ["n", "", "back", "p", "p e", "p d", "b *", "c", "c", "c", "c", "w", "l"]),
    "fork": (
        neuron,
        [
            "goto 13",
            "l w",
            "goto 11",
            "l w",
            "p w",
            "l o",
            "u",
            "d",
            "d 2",
            "c",
            "n",
            "l w",
            "draw",
        ],
    ),
    "set": (
        neuron,
        ["watch w", "b tanh", "set w 3", "c", "until b", "clear", "c", "reset", "back"],
    ),
    "wrong": (neuron, WRONG.split(",")),
    "mistaken": (
        lambda: mistaken(mistakes["overwrite"].expression(), "overwrite"),
        ["b a", "c", "c", "l", "l a", "l y", "set a 5", "c", "c", "p a", "reset", "goto 10"],
    ),
    "help": (lecture, ["h", *[f"help {names.split(',')[0]}" for names, *_ in COMMANDS]]),
}
golden_files("stepper", [f"prompt_{name}.txt" for name in SCRIPTS])


@pytest.mark.parametrize("name", SCRIPTS)
def test_transcripts_are_what_they_were(name):
    make, lines = SCRIPTS[name]
    said = transcript(step(make()), "\n".join(lines) + "\nq\nn\n")
    check_golden(f"prompt_{name}.txt", said)
    assert said.endswith("(chain rule) q\n")  # nothing after it


def test_help_fits_into_80_columns():
    answers = transcript(step(lecture()), "\n".join(["h", "zz", "b zz", "goto 99", "set L 1"]))
    assert all(len(line) <= 80 for line in answers.split("\n"))


def test_every_command_is_documented_and_every_example_works():
    for names, *_, example in COMMANDS:
        for name in names.split(", "):
            assert name == "?" or hasattr(Prompt, f"do_{name}")
        if not example.startswith(("draw", "explain")):
            assert "***" not in transcript(step(lecture()).next(), example)
    documented = {name for names, *_ in COMMANDS for name in names.split(", ")}
    here = {name[3:] for name in dir(Prompt) if name.startswith("do_")}
    assert here - documented == {"EOF"}


def test_draw_shows_this_moment_and_writes_files(tmp_path):
    stepper = step(lecture()).goto(5)
    drawn = transcript(stepper, "draw").split("\n")
    assert [line.split() for line in drawn if line.startswith("├─ d")] == [
        ["├─", "d", "(+)", "4", "-2", "-2"]
    ]
    early = transcript(step(lecture()).next(), "draw").split("\n")
    assert [line.split()[:5] for line in early if line.startswith("├─ d")] == [
        ["├─", "d", "(+)", "–", "–"]
    ]
    path = tmp_path / "graph.dot"
    assert f"Wrote {path}" in transcript(stepper, f"draw {path}")
    assert "digraph" in path.read_text(encoding="utf-8")


def test_explain_speaks_about_the_numbers_that_were_set():
    answers = transcript(step(lecture()), "set a 50\nexplain\nexplain c")
    assert "***" not in answers and "= -150" in answers


def test_tab_completes_names_with_brackets_and_commands():
    x, w = Value(1.0, "layers[0].x"), Value(2.0, "layers[0].w[1]")
    prompt = Prompt(step(x * w * 3.0), io.StringIO(), io.StringIO())
    line = "p layers[0].w"
    assert prompt.completedefault("w", line, len(line) - 1, len(line)) == ["w[1]"]
    assert prompt.completedefault("", "p ", 2, 2) == ["layers[0].x", "layers[0].w[1]", "v1", "v2"]
    assert prompt.completenames("go") == ["goto"] and "EOF" not in prompt.completenames("")


def test_signs_that_the_output_does_not_know():
    raw = io.BytesIO()
    stdout = io.TextIOWrapper(raw, encoding="ascii")
    run_prompt(step(lecture()), io.StringIO("n\n"), stdout)
    stdout.flush()
    assert b"? compute e" in raw.getvalue()


SCRIPT = """
from autograd_mini import Value
from autograd_mini import debug
weight, b = Value(2.0), Value(-3.0)
L = weight * b
assert debug(L) is None
print("and on")
"""


@pytest.mark.slow
def test_through_a_pipe():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        input="n\n\np weight",
        env=environment(),
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line[:11] for line in lines if line.startswith("step")] == [
        f"step {k} of 7" for k in (0, 1, 2)
    ]
    assert lines[-3:] == ["weight = 2, a leaf", "dL/dweight = –, not computed yet", "and on"]
    assert done.stdout.count("(chain rule) ") == 2 and "\x1b" not in done.stdout


def test_debug_finds_the_callers_names(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("p product\n"))
    left, right = Value(2.0), Value(3.0)
    product = left * right
    assert debug(product) is None
    assert "product = left * right = –, not computed yet" in capsys.readouterr().out


# -- a terminal ------------------------------------------------------------------------------------


@pytest.fixture
def terminal():
    pytest.importorskip("pty")
    pytest.importorskip("rich")
    started = Terminal(SCRIPT)
    yield started
    started.process.kill()
    started.process.wait()


@pytest.mark.slow
def test_in_a_terminal(terminal):
    readline = pytest.importorskip("readline")
    if "libedit" in (readline.__doc__ or ""):
        pytest.skip("libedit answers keys in its own way")
    first = terminal.until("(chain rule) ")
    assert "\x1b[1mstep 0 of 7" in first and "q: quit" in first
    terminal.send("n\n")
    assert "step 1 of 7" in terminal.until("(chain rule) ")
    terminal.send("\n")
    assert "step 2 of 7" in terminal.until("(chain rule) ")
    terminal.send("p wei\t\n")
    assert "weight = 2, a leaf" in terminal.until("(chain rule) ")
    terminal.send("zz\n")
    assert "\x1b[31m*** there is no command" in terminal.until("(chain rule) ")
    terminal.send("\x04")
    rest = terminal.until("and on")
    assert "\n" in rest.split("and on")[0]
    assert terminal.close() == 0 and "Traceback" not in terminal.seen


@pytest.mark.slow
def test_control_c_leaves_the_prompt(terminal):
    terminal.until("(chain rule) ")
    terminal.send("p")  # when it comes back, readline is up and listens to signals
    terminal.until("p")
    time.sleep(0.1)
    terminal.send("\x03")
    assert "\n" in terminal.until("and on").split("and on")[0]
    assert terminal.close() == 0 and "Traceback" not in terminal.seen


# -- names that are words of the text --------------------------------------------------------------


@pytest.mark.parametrize("word", "local upstream total gradient seed step d dL L".split())
def test_a_word_of_the_text_as_a_name_changes_nothing_else(word):
    """A node called `local` once got another chain rule: names are parts, and never edited."""

    def told(name):
        a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(4.0, "c")
        inner = a * b
        inner.label = name
        loss = inner * c + inner
        loss.label = "loss"
        stepper = am.step(loss)
        frames = [repr(stepper.goto(k)) for k in range(len(am.trace(loss)) + 1)]
        return "\n".join([*frames, am.explain(loss).text])

    plain = "q" * len(word)
    found, expected = told(word), told(plain).replace(plain, word)
    assert found.replace(f"({word})", word).split() == expected.split()
