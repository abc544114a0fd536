"""The tape of a graph, and the text forms of pictures in files and on standard output.

What a tape is, to the last space, is in tests/golden/drawing/pictures: the end of each text
there.
"""

import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys

import pytest
from hypothesis import given

import autograd_mini as am
from autograd_mini import Op, Value
from autograd_mini import sum as add_up
from autograd_mini.cli.main import main
from autograd_mini.diagnosis.mistaken import mistaken
from autograd_mini.drawing.draw import draw
from autograd_mini.drawing.labels import number_text
from autograd_mini.drawing.text_views import tape_text, tree_text
from autograd_mini.tracing.graph import graph_of, unique_names
from support.places import ATTACKS, ROOT
from support.random_graphs import graphs
from support.rows import each_row


def tape(v: Value) -> list[str]:
    return tape_text(graph_of(v)).splitlines()


# -- the tape --------------------------------------------------------------------------------------


def test_a_tape_worked_out_by_hand():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b + a / 4.0
    c.backward()
    assert tape(c) == [
        "a             =     2   grad  -2.75",
        "b             =    -3   grad      2",
        "v1 = a * b    =    -6   grad      1",
        "v2 = a / 4    =   0.5   grad      1",
        "v3 = v1 + v2  =  -5.5   grad      1",
    ]


@given(graphs(results=25))
def test_a_tape_can_be_run_as_a_program(nodes):
    """Each line is computed from the lines above it, with Python's own arithmetic and the rows."""
    root = nodes[-1]
    root.backward()
    graph = graph_of(root)
    names = dict(zip(unique_names(graph), graph.nodes, strict=True))
    scope = {**vars(am.engine.ops), **vars(am), "inf": float("inf"), "nan": float("nan")}
    for line in tape(root):
        left, data, grad = re.fullmatch(r"(.*?) +=  +(\S+)   grad +(\S+)", line).groups()
        name, _, made = left.partition(" = ")
        node = names[name]
        assert (data, grad) == (number_text(node.data), number_text(node.grad))
        scope[name] = Value(node.data)
        assert bool(made) == bool(node.op)
        if made and " operands" not in made and not _has_constant(graph, node):
            assert number_text(float_of(eval(made, scope))) == data


def _has_constant(graph, node):
    """Whether a number is written with fewer digits than it has."""
    return any(graph.nodes[index].is_constant for index in node.parents)


def float_of(result):
    return result.data if isinstance(result, Value) else result


@given(graphs(results=25))
def test_each_number_stands_once_in_the_order_of_the_forward_pass(nodes):
    graph = graph_of(nodes[-1])
    names = unique_names(graph)
    expected = [names[node.index] for node in graph.nodes if not node.is_constant]
    assert [re.split(" +=", line)[0] for line in tape(nodes[-1])] == expected


def test_shared_nodes_stand_once():
    x = Value(1.0, "x")
    for _ in range(20):
        x = x + x
    assert len(tape(x)) == 21 and len(tree_text(graph_of(x)).splitlines()) == 42


def test_names_are_cut_and_still_differ():
    long = [Value(1.0, "n" * length) for length in (30, 31, 32, 33)]
    lines = tape(add_up(long))
    cut = "n" * 29 + "…"
    names = [line.split("  ")[0].strip() for line in lines]
    assert names[:4] == ["n" * 30, f"({cut})", f"({cut}_2)", f"({cut}_3)"]
    assert names[4] == "v1 = sum of 4 operands"


def test_an_operation_on_many_operands_says_how_many():
    values = [Value(1.0, f"x{k}") for k in range(7)]
    assert tape(add_up(values[:6]))[-1].startswith("v1 = x0 + x1 + x2 + x3 + x4 + x5  =  6")
    assert tape(add_up(values))[-1].startswith("v1 = sum of 7 operands  =  7")


@each_row("attack", ATTACKS, ids=lambda attack: attack["id"])
def test_a_name_stays_on_its_line_and_in_its_column(attack):
    label = attack["string"]
    operation = Op(
        label or "f", f"{label.replace('{', '').replace('}', '')}({{}})", lambda x: x, 1.0
    )
    lines = tape(operation(Value(2.0, label)) * 3.0)
    assert len(lines) == 3 and all("\x1b" not in line and "\r" not in line for line in lines)
    assert [line.split()[-1] for line in lines] == ["–", "–", "–"]
    assert all(line.isprintable() for line in lines)


def test_what_is_out_of_date_or_not_computed_says_so():
    x = Value(2.0, "x")
    y = x * x
    x.data = 5.0
    assert [line.endswith("out of date") for line in tape(y)] == [False, True]
    y = x * x
    assert draw(y, at=0).content(".txt").decode().splitlines()[-2:] == [
        "x          =  5   grad  –",
        "y = x * x  =  –   grad  –",
    ]


def test_a_constant_has_no_tape():
    assert tape_text(graph_of(am.no_grad()(lambda: Value(2.0) * 3.0)())) == ""


def test_a_long_tape_is_cut_with_a_sentence():
    x = Value(1.0, "x")
    for _ in range(9):
        x = -x
    assert len(tape_text(graph_of(x), 10).splitlines()) == 10
    lines = tape_text(graph_of(x), 9).splitlines()
    assert len(lines) == 10 and lines[-1] == "... cut after 9 lines, of a graph of 10 nodes"


# -- the text form ---------------------------------------------------------------------------------


def product() -> Value:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    c.label = "c"
    c.backward()
    return c


TEXT = """\
       data  grad  local
c (*)    -6     1
├─ a      2    -3     -3
└─ b     -3     2      2

a          =   2   grad  -3
b          =  -3   grad   2
c = a * b  =  -6   grad   1
"""


def test_the_text_is_the_tree_and_the_tape(tmp_path):
    path = draw(product()).save(tmp_path / "c.txt")
    assert path.read_text(encoding="utf-8") == TEXT


def test_two_passes_have_two_trees_and_two_tapes():
    c = product() * 1.0
    text = draw(mistaken(c, "overwrite")).content(".txt").decode()
    parts = text.split("\n\n")
    assert [part.splitlines()[0].split()[0] for part in parts] == ["right", "a", "overwrite", "a"]


def test_a_suffix_counts_whatever_the_file_is_called(tmp_path):
    picture = draw(product())
    for suffix in ("txt", ".txt", "TXT"):
        path = picture.save(tmp_path / "notes", suffix)
        assert path.read_text(encoding="utf-8") == TEXT
    assert picture.save(tmp_path / "g.svg", "mmd").read_text().startswith("---\n")
    with pytest.raises(ValueError, match=r"unknown suffix 'gif'; choose one of \.svg .*\.mmd$"):
        picture.save(tmp_path / "g.svg", "gif")


# -- standard output -------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_dash_is_standard_output(tmp_path, monkeypatch, capfdbinary):
    monkeypatch.chdir(tmp_path)
    picture = draw(product())
    assert picture.save("-") == pathlib.Path("-")
    assert capfdbinary.readouterr().out == TEXT.encode()
    for suffix in ("dot", "mmd", "svg", "png"):
        picture.save("-", suffix)
        assert capfdbinary.readouterr().out == picture.content(f".{suffix}")
    with pytest.raises(ValueError, match="unknown suffix 'gif'"):
        picture.save("-", "gif")
    assert capfdbinary.readouterr().out == b"" and list(tmp_path.iterdir()) == []


def test_a_picture_comes_at_once_and_after_what_was_printed_before():
    raw = io.BytesIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BufferedWriter(raw), "utf-8")):
        print("before", end=":")
        draw(product()).save("-")
        assert raw.getvalue() == f"before:{TEXT}".encode()


def test_where_standard_output_takes_text_alone_it_gets_text():
    picture, stream = draw(product()), io.StringIO()
    with contextlib.redirect_stdout(stream):
        print("before", end=":")
        picture.save("-")
        with pytest.raises(ValueError, match="takes only text here; save to a file"):
            picture.save("-", "png")
    assert stream.getvalue() == f"before:{TEXT}"


def run(*arguments: str, **options) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "autograd_mini", "draw", "a * b", "a=2", "b=-3", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, **options)


@pytest.mark.slow
def test_the_command_writes_any_format_to_standard_output(tmp_path):
    png = run("-o", "-", "--format", "png", cwd=tmp_path)
    assert png.stdout.startswith(b"\x89PNG") and png.stdout.endswith(b"IEND\xaeB`\x82")
    assert (png.returncode, png.stderr, list(tmp_path.iterdir())) == (0, b"", [])


def output(capsys, *arguments: str) -> str:
    assert main(["draw", "a * b", "a=2", "b=-3", *arguments]) == 0
    return capsys.readouterr().out


def test_the_command_and_its_formats(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert output(capsys, "-o", "-") == TEXT.replace("c (*)", "L (*)").replace("c = a", "L = a")
    assert output(capsys, "--format", "mmd").startswith("---\nconfig:")
    assert output(capsys, "-o", "-", "--format", "dot").startswith("digraph {")
    assert list(tmp_path.iterdir()) == []
    assert output(capsys, "-o", "graph", "--format", "mmd") == "Wrote graph\n"
    assert "flowchart LR" in (tmp_path / "graph").read_text(encoding="utf-8")
    assert output(capsys, "-o", "g.mmd") == "Wrote g.mmd\n"


LOOKS = {
    "--direction=down": "flowchart TB",
    "--theme=dark": "#172554",
    "--colour": "subgraph legend",
    "--highlight=a": "leaf_pale",
    "--at=3": "step 3 of 7",
}


@pytest.mark.parametrize("option", LOOKS)
def test_the_command_has_the_looks_of_pictures(option, capsys):
    assert LOOKS[option] not in output(capsys, "--format", "mmd")
    assert LOOKS[option] in output(capsys, "--format", "mmd", option)


def test_the_command_closes_groups(capsys):
    assert "[[" not in output(capsys, "--format", "mmd", "--closed", "none")
    assert main(["draw", "a", "a=2", "--closed", "rooms"]) == 2
    assert "cannot close 'rooms'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("--format=gif", "unknown suffix 'gif'; choose one of .svg"),
        ("--theme=pink", "unknown theme 'pink'; choose one of 'light'"),
        ("--direction=in", "unknown direction 'in'; choose one of 'right'"),
        ("--at=99", "there is no step 99: the steps are 0..7"),
        ("--highlight=z", "cannot highlight 'z': the nodes of this graph are a, b, L"),
    ],
)
def test_the_command_says_what_it_cannot_do(option, complaint, capsys):
    assert main(["draw", "a * b", "a=2", "b=-3", option]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith(f"autograd-mini: {complaint}")
