"""Whatever a label, a name or a file is called: no control sequence comes to a terminal."""

import contextlib
import itertools
import re

import pytest

import autograd_mini as am
from autograd_mini import Value
from autograd_mini.cli import main as cli
from support.places import ATTACKS

LABELS = [attack["string"] for attack in ATTACKS] + [
    "w\x1b[2J", "\ud800", "two\nlines", "\u202eback", "\x9b31m", "a\rb", "bell\x07", "\u2066",
]  # fmt: skip
# C0 but for the end of a line, DEL, C1, marks of direction, halves of surrogate pairs.
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def graph(label):
    a, b = Value(2.0, label), Value(-3.0, "b")
    product = a * b
    product.label = f"{label}c"
    loss = (product + a).tanh() * a
    loss.label = "L"
    return loss, a, b


def infinite(label):
    with am.anomaly():
        return am.log(Value(0.0, label))


def changed(label):
    loss, a, _ = graph(label)
    a.data = 5.0
    return am.gradients(loss, [a])


def of_the_graph(label):
    """What is done with a graph that has the label."""
    loss, a, b = graph(label)
    yield "repr", lambda: repr(a)
    yield "trace", lambda: f"{am.trace(loss)} {am.trace(loss)[-1]!r} {am.trace(loss).ledger(a)}"
    yield "nudge", lambda: repr(am.nudge(loss, a))
    yield "explain", lambda: str(am.explain(loss))
    yield "why", lambda: str(am.why(loss, a))
    yield "cost", lambda: str(am.cost(loss))
    yield "diagnose", lambda: repr(am.diagnose(loss, {a: 1.0, b: 2.0}))
    yield "mistaken", lambda: str(am.mistaken(loss, "overwrite"))
    yield "draw", lambda: str(am.draw(loss))
    yield "step", lambda: f"{am.step(loss).run()!r} {am.step(loss).goto(a)!r}"
    yield "compile", lambda: repr(am.compile(loss, [a, b], target="python"))
    yield "quiz", lambda: str(am.quiz(loss))
    if CONTROL.search(label):  # it takes as long as all others together
        yield "worksheet", lambda: str(am.worksheet(loss))
    yield "anomaly", lambda: infinite(label)
    yield "stale", lambda: changed(label)


def of_the_text(label):
    """What is given the label where something else is wanted."""
    loss, a, _ = graph("a")
    yield "no such leaf", lambda: am.nudge(graph(label)[0], "none")
    yield "answer", lambda: am.diagnose(loss, {a: label})
    yield "answer of", lambda: am.diagnose(loss, {label: 1.0})
    yield "parse", lambda: am.parse(label)
    yield "name", lambda: am.parse("a*b", **{label: 1.0})
    yield "in the middle", lambda: am.parse(f"a*{label}", a=1.0)
    yield "mistake", lambda: am.mistaken(loss, label)
    yield "highlight", lambda: am.draw(graph(label)[0], highlight="none")
    yield "highlighted", lambda: am.draw(loss, highlight=label)
    yield "until", lambda: am.step(loss).until(label)
    yield "wrt", lambda: am.why(loss, label)
    yield "suffix", lambda: am.draw(loss).save(f"nowhere/x.{label[:20]}")
    yield "file", lambda: am.nn.load(f"nowhere{label[:40]}")
    yield "activation", lambda: am.nn.MLP(1, [1], label)
    yield "init", lambda: am.nn.MLP(1, [1], init=label)
    yield "operation", lambda: str(am.explain(am.Op(label, "f({})", lambda x: x, 1.0)(a)))


@pytest.mark.slow
@pytest.mark.parametrize("label", LABELS, ids=map(str, range(len(LABELS))))
def test_every_door_of_the_library_shows_foreign_text_in_a_printable_form(label):
    for door, call in itertools.chain(of_the_graph(label), of_the_text(label)):
        try:
            text = str(call())
        except Exception as error:
            text = str(error)
        assert not CONTROL.search(text), (door, text)
        text.encode()


@pytest.mark.slow
@pytest.mark.parametrize("label", LABELS, ids=map(str, range(len(LABELS))))
def test_every_command_shows_foreign_text_in_a_printable_form(label, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["draw", label], ["explain", "a*b", f"{label}=1"], ["why", "a*b", "a=1", f"b={label}"],
        ["draw", "a*b", "a=1", "b=2", "-o", f"nowhere/{label}.svg"], ["check", label],
        ["compile", "a*b", "a=1", "b=2", "--inputs", label], ["mistakes", label],
        ["compile", "a*b", "a=1", "b=2", "-o", f"{label[:20]}".replace("/", "") or "f"],
    ):  # fmt: skip
        with contextlib.suppress(SystemExit):  # of argparse
            cli.main(arguments)
        captured = capsys.readouterr()
        assert not CONTROL.search(captured.out + captured.err), arguments
