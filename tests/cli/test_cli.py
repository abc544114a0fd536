"""The command, as a person at a terminal or a script uses it."""

import io
import os
import pathlib
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

import pytest

from autograd_mini import __version__, mistakes, nn, training_mistakes
from autograd_mini.cli import main as cli
from autograd_mini.cli import recipes, train
from autograd_mini.lessons import tour
from support.learners import engine
from support.places import ROOT
from support.rows import each_row

COMMAND = [sys.executable, "-m", "autograd_mini"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(*arguments, folder, **options):
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


@pytest.fixture(scope="module")
def tour_output(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tour")
    done = run("tour", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.mark.slow
def test_the_tour_reads_well_in_a_pipe(tour_output):
    _, text = tour_output
    assert "\x1b" not in text and "\t" not in text
    long = [line for line in text.splitlines() if len(line.rstrip()) > 80]
    assert all("/" in line for line in long), "only a path may be longer than a line"
    for part in (
        "1. An expression",
        "2. Its picture",
        "3. A network, trained",
        "4. What to try next",
    ):
        assert part in text
    assert "dL/da = 4 + (-6) = -2" in text and "∂e/∂a = -3         2 * (-3) = -6" in text


@pytest.mark.slow
def test_the_tour_trains_to_the_accuracy_that_it_promises(tour_output):
    right, share = re.search(r"it names (\d+): (\d+)%", tour_output[1]).groups()
    assert 90 <= int(share) <= 100 and round(100 * int(right) / 30) == int(share)


@pytest.mark.slow
def test_the_tour_leaves_one_picture_which_is_an_svg(tour_output):
    folder, text = tour_output
    (path,) = folder.iterdir()
    assert path.name == tour.PICTURE and str(path) in text
    assert ElementTree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.slow
def test_what_the_tour_says_to_type_does_what_it_says(tmp_path):
    """Pasted into an interactive Python, as a reader would."""
    done = subprocess.run(
        [sys.executable, "-i", "-q"],
        input=tour.NEXT,
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert "7.0" in done.stdout and "└─" in done.stdout
    assert "Error" not in done.stderr
    assert (tmp_path / "y.svg").exists()


def test_the_sum_that_the_tour_shows_is_the_gradient():
    result = tour._expression()
    result.backward()
    a = result.parents[1]
    assert (a.label, a.grad, result.data) == ("a", -2.0, 8.0)
    a.data = 2.01
    result.recompute()
    assert f"{result.data:.4f}" == "7.9797"


@pytest.mark.slow
def test_the_tour_never_writes_over_a_file_of_somebody_else(tmp_path, capsys):
    mine = tmp_path / tour.PICTURE
    mine.write_text("mine")
    for _ in range(2):
        tour.take(folder=str(tmp_path), epochs=0)
    second = tmp_path / "autograd-mini-tour-2.svg"
    assert mine.read_text() == "mine"
    assert sorted(tmp_path.iterdir()) == [second, mine]
    assert "autograd-mini-tour-2.svg" in capsys.readouterr().out.replace("\n", "")


def test_the_tour_goes_on_where_it_cannot_write(tmp_path, capsys):
    tour.take(folder=str(tmp_path / "nowhere"), epochs=0)
    text = capsys.readouterr().out
    assert "No picture file this time" in text and "└─" in text and "4. What to try next" in text


def test_the_tour_goes_on_where_nothing_can_draw(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(tour.Drawing, "content", missing)
    tour.take(folder=str(tmp_path), epochs=0)
    text = capsys.readouterr().out
    assert "install it" in text and "└─" in text and list(tmp_path.iterdir()) == []


def missing(*arguments):
    raise tour.MissingExtra("no dot; install it")


@pytest.mark.slow
def test_ctrl_c_ends_a_training_which_is_reported_and_saved(tmp_path):
    process = subprocess.Popen(
        [*COMMAND, "train", "xor", "--epochs", "1000000", "--save", "model.json", "--eager"],
        cwd=tmp_path, env={**ENVIRONMENT, "PYTHONUNBUFFERED": "1"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=default_interrupt,
    )  # fmt: skip
    process.stdout.readline()
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    text, errors = process.communicate(timeout=30)
    assert process.returncode == 130 and errors == ""
    assert "Stopped by Ctrl-C after" in text and "Right on" in text
    nn.load(nn.MLP(2, [4, 1]), tmp_path / "model.json")


@pytest.mark.slow
def test_ctrl_c_ends_a_command_cleanly(tmp_path):
    process = subprocess.Popen(
        [*COMMAND, "scale", "--widths", "30,300"], cwd=tmp_path, env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=default_interrupt,
    )  # fmt: skip
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.strip() == "Stopped."


def default_interrupt():
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(tmp_path):
    line = " ".join(COMMAND) + " tour 2>errors | head -1; echo ${PIPESTATUS[0]}"
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert (tmp_path / "errors").read_text() == ""
    assert done.stdout.splitlines()[-1] in ("0", "1", "141")


@pytest.mark.slow
def test_a_terminal_gets_a_progress_bar_and_colour(tmp_path):
    text = in_a_terminal(["train", "xor", "--epochs", "30"], tmp_path)
    assert "\x1b[" in text and "loss" in text and "Right on" in text


def in_a_terminal(arguments, folder):
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execve(
            sys.executable,
            [*COMMAND, *arguments],
            {**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "80"},
        )
    chunks = []
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.waitpid(process, 0)
    return b"".join(chunks).decode(errors="replace")


@pytest.mark.slow
def test_a_terminal_without_the_signs_gets_question_marks(tmp_path):
    command = [*COMMAND, "draw", "a*b", "a=1", "b=2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True,
                          env={**ENVIRONMENT, "PYTHONIOENCODING": "ascii"})  # fmt: skip
    assert done.returncode == 0 and b"?" in done.stdout


def test_version_and_help(capsys):
    for arguments in (["--version"], ["--help"], ["draw", "--help"], ["train", "--help"]):
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        assert caught.value.code == 0
    assert f"autograd_mini {__version__}" in capsys.readouterr().out


# -- draw ------------------------------------------------------------------------------------------


def test_draw_prints_the_graph_with_its_gradients(capsys):
    assert cli.main(["draw", "tanh(w*x + b)", "w=0.5", "x=2", "b=-1"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"L \(tanh\) +0 +1", text) and re.search(r"─ w +0\.5 +2 +2", text)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["n.svg", "n.png", "n.dot", "n.txt"])
def test_draw_writes_a_file(tmp_path, capsys, name):
    path = tmp_path / name
    assert cli.main(["draw", "a*b", "a=2", "b=3", "-o", str(path)]) == 0
    assert path.stat().st_size > 50 and str(path) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a*q", "a=2"], "column 3: `q` has no number"),
        (["a*b", "a=2", "b"], "'b' gives no name a number; write for example x=2"),
        (["a*b", "a=2", "b=x"], "'x' for 'b' is no number"),
        (["a*b", "a=2", "a=3", "b=1"], "'a' has two numbers"),
        (["a", "a=2", "-o", "n.jpg"], "end it in one of"),
        (["a", "a=2", "-o", "/nowhere/n.svg"], "no directory"),
    ],
)
def test_draw_says_what_is_wrong_and_gives_status_2(arguments, message, capsys):
    assert cli.main(["draw", *arguments]) == 2
    captured = capsys.readouterr()
    assert message in captured.err and captured.out == ""


# -- train -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("data", recipes.RECIPES)
def test_every_data_set_can_be_trained_on(data, capsys):
    epochs = {"digits": "0", "xor": "400"}.get(data, "2")
    assert cli.main(["train", data, "--epochs", epochs, "--hidden", "4"]) == 0
    text = capsys.readouterr().out
    assert "plain gradient descent" in text and re.search(r"Right on \d+\.\d% of \d+ samples", text)
    assert "class" in text if data == "digits" else "└──" in text or data == "iris"
    if data == "xor":
        assert "Right on 100.0% of 4 samples" in text


@pytest.mark.slow
def test_training_is_repeatable(capsys):
    texts = []
    for seed in ("1", "1", "2"):
        cli.main(["train", "moons", "--epochs", "2", "--seed", seed])
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.slow
def test_training_can_be_told_how(capsys, tmp_path):
    options = ["--hidden", "3", "--activation", "relu", "--init", "lecun", "--batch-size", "7"]
    options += ["--clip", "1", "--schedule", "cosine", "--epochs", "3", "--eager"]
    for rule in train.RULES:
        files = [str(tmp_path / f"{rule}.json"), str(tmp_path / f"{rule}.txt")]
        arguments = ["train", "iris", *options, "--optimizer", rule, "--save", files[0]]
        assert cli.main([*arguments, "--plot", files[1]]) == 0
        text = capsys.readouterr().out
        assert "3 ReLU" in text and "batches of 7" in text and "Trained eagerly." in text
        assert all(f"Wrote {file}" in text for file in files)
        nn.load(nn.MLP(4, [3, 3]), files[0])
        assert "loss" in pathlib.Path(files[1]).read_text(encoding="utf-8")
    assert cli.main(["train", "moons", "--quiet", "--epochs", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_each_schedule_begins_with_the_rate_and_ends_lower():
    for name in train.SCHEDULES:
        schedule = train._schedule(name, 30, 0.5)
        assert schedule(0) == 0.5
        assert schedule(29) == 0.5 if name == "constant" else schedule(29) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--plot", "plot.gif"], "cannot save to 'plot.gif': end it in one of"),
        (["--save", "/nonexistent/m.json"], "cannot save to '/nonexistent/m.json': there is no"),
        (["--save", "-"], "cannot save to '-': give the name of a file"),
        (["--save", ""], "a directory: give the name of a file"),
        (["--checkpoint", "/nonexistent/c"], "there is no directory /nonexistent"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_training(arguments, sentence, capsys):
    assert cli.main(["train", "xor", "--epochs", "2", *arguments]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err and "epoch" not in captured.out


@pytest.mark.slow
@pytest.mark.parametrize("command", [["flow"], ["flow", "--nielsen"], ["race"], ["scale"]])
def test_a_plot_that_cannot_be_drawn_is_said_before_the_work(command, capsys, tmp_path):
    plot = str(tmp_path / ("flow.gif" if command[0] != "flow" else "flow.svg"))
    assert cli.main([*command, "--plot", plot]) == 2
    captured = capsys.readouterr()
    assert ("end it in one of" in captured.err or "name one" in captured.err) and not captured.out


@pytest.mark.slow
def test_a_reader_that_goes_away_costs_no_training(tmp_path):
    line = f"{' '.join(COMMAND)} train moons --save m.json | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.stderr == "" and done.stdout.splitlines()[-1] in ("0", "141")
    nn.load(nn.MLP(2, [16, 16, 1]), tmp_path / "m.json")


def test_a_training_that_came_to_nan_has_an_exit_status(capsys):
    arguments = ["train", "iris", "--lr", "1e300", "--epochs", "5", "--activation", "relu"]
    assert cli.main(arguments) == 1
    assert "Stopped in epoch" in capsys.readouterr().out


@pytest.mark.slow
def test_standard_output_may_be_closed(tmp_path):
    line = " ".join(COMMAND) + " train xor --quiet --epochs 2 >&-"
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_rules_race_and_networks_grow(capsys, tmp_path):
    plot = tmp_path / "race.txt"
    assert cli.main(["race", "xor", "--epochs", "3", "--plot", str(plot)]) == 0
    text = capsys.readouterr().out
    assert "p ← p - lr * g" in text and "loss of epoch" in text and f"Wrote {plot}" in text
    plot = tmp_path / "scale.txt"
    assert cli.main(["scale", "--widths", "2,3", "--plot", str(plot)]) == 0
    text = capsys.readouterr().out
    assert "by central differences" in text and f"Wrote {plot}" in text


# -- why, cost, mistakes, check --------------------------------------------------------------------


def test_why_and_cost_say_what_python_says(capsys):
    assert cli.main(["why", "relu(a)", "a=-1", "--wrt", "a"]) == 0
    assert "relu(a) is closed" in capsys.readouterr().out
    assert cli.main(["why", "relu(a)", "a=-1", "--wrt", "b"]) == 2
    assert "'b' is not in this graph" in capsys.readouterr().err
    assert cli.main(["cost", "a * b", "a=2", "b=3"]) == 0
    assert "each edge once" in capsys.readouterr().out


def test_mistakes_are_listed_shown_and_made(capsys):
    assert cli.main(["mistakes"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in (*mistakes, *training_mistakes))
    assert max(map(len, listed.splitlines())) <= 80
    assert cli.main(["mistakes", "overwrite"]) == 0
    assert "dy/da = 3 instead of 7" in capsys.readouterr().out
    assert cli.main(["mistakes", "overwrite", "a*a", "a=5"]) == 0
    assert "dL/da = 5 instead of 10" in capsys.readouterr().out
    assert cli.main(["mistakes", "ascent"]) == 0
    assert "the loss climbs" in " ".join(capsys.readouterr().out.split())
    assert cli.main(["mistakes", "overwritten"]) == 2
    assert "did you mean overwrite?" in capsys.readouterr().err


@pytest.mark.slow
def test_a_mistaken_pass_is_stepped_through(tmp_path):
    done = run("step", "a*a", "a=3", "--mistake", "overwrite", folder=tmp_path, input="c\nq\n")
    assert done.returncode == 0 and "Wrong: dL/da = 3 instead of 6" in done.stdout


@pytest.mark.slow
def test_check_has_an_exit_status_for_scripts(tmp_path):
    (tmp_path / "right.py").write_text(engine())
    (tmp_path / "wrong.py").write_text(engine().replace("upstream * local", "local"))
    right = run("check", "right.py:Value", folder=tmp_path)
    assert right.returncode == 0 and right.stdout.startswith("Value: ")
    wrong = run("check", "wrong.py:Value", folder=tmp_path)
    assert wrong.returncode == 1 and "no_upstream" in wrong.stdout
    missing = run("check", "none.py:Value", folder=tmp_path)
    assert missing.returncode == 2 and missing.stderr == "autograd-mini: there is no file none.py\n"
    usage = run("check", "--help", folder=tmp_path).stdout
    assert "check only what you would run" in " ".join(usage.split())


# -- options that would do nothing, and languages --------------------------------------------------


@each_row(
    ("arguments", "sentence"),
    [
        (
            ["flow", "--depth", "5", "--lr", "7"],
            "--depth and --lr would do nothing without a data set",
        ),
        (["flow", "--samples", "5"], "name one, as in flow digits --samples"),
        (["flow", "--nielsen", "--init", "he"], "Nielsen's networks are given; leave --init out"),
        (["mistakes", "no_zero_grad", "a*b"], "leave 'a*b' out"),
        (["compile", "a*b", "a=1", "b=2", "-o", "f.c", "--language", "python"], "ends as c does"),
        (["compile", "a*b", "a=1", "b=2", "-o", "nowhere/f.c"], "there is no directory nowhere"),
        (["draw", "tahn(a)", "a=2"], "did you mean tanh?"),
    ],
)
def test_what_would_be_ignored_is_refused(arguments, sentence, capsys):
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err and not captured.out


@each_row(
    ("file", "language"),
    [("f.c", "c"), ("f.js", "javascript"), ("f.py", "python"), ("f", "python")],
)
def test_the_ending_of_a_file_is_its_language(tmp_path, monkeypatch, capsys, file, language):
    monkeypatch.chdir(tmp_path)
    expression = ["compile", "a*b", "a=1", "b=2"]
    assert cli.main([*expression, "-o", file]) == 0
    assert capsys.readouterr().out == f"Wrote {file}\n"
    assert cli.main([*expression, "-o", "-", "--language", language]) == 0
    assert capsys.readouterr().out == (tmp_path / file).read_text()
    assert not (tmp_path / "-").exists()


# -- what the README shows -------------------------------------------------------------------------


README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", README, re.DOTALL)
SESSIONS = re.findall(r"```console\n\$ (.*?)\n(.*?)```", README, re.DOTALL)


def test_the_readme_shows_sessions():
    assert len(SESSIONS) >= 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "shown"), SESSIONS, ids=[command[:40] for command, _ in SESSIONS]
)
def test_a_session_of_the_readme_is_what_one_gets(command, shown, tmp_path):
    # Python's own path may contain .venv/bin, so the command that calls it comes first.
    line = command.replace(".venv/bin/python", sys.executable)
    line = line.replace(".venv/bin/autograd-mini", " ".join(COMMAND))
    assert line != command
    (tmp_path / "demos").symlink_to(ROOT / "demos")
    for name, text in FILES:
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.stdout == shown


QUESTIONS = re.findall(r"^\| [^|]*\? \| `([^`]*)` \| ([^|]*) \|$", README, re.MULTILINE)


def test_the_readme_answers_the_eight_questions():
    assert len(QUESTIONS) == 8


@pytest.mark.slow
@pytest.mark.parametrize(("command", "answer"), QUESTIONS)
def test_a_question_of_the_readme_is_answered_by_its_command(command, answer, tmp_path):
    done = run(*shlex.split(command), folder=tmp_path)
    assert done.returncode == 0 and answer in " ".join(done.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", ["draw", "explore", "explain", "why", "cost", "step", "compile", "quiz", "worksheet"]
)
@pytest.mark.parametrize("text", ["-a*b", "-(a + b)", "-tanh(a)*b", "- a*b", "-h*o", "-2*a"])
def test_an_expression_may_start_with_a_minus(command, text, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("q\n"))
    numbers = [f"{name}=2" for name in "abho" if name in text.replace("tanh", "")]
    more = {
        "explore": ["-oa+b.html"],
        "worksheet": ["--questions", "1", "-o", "sheet.md"],
        "why": ["--wrt", numbers[0][0]],
    }
    assert cli.main([command, text, *numbers, *more.get(command, [])]) == 0
    assert (tmp_path / "a+b.html").exists() is (command == "explore")
    assert capfd.readouterr().err == ""


def test_what_is_no_expression_is_still_an_unknown_option(capsys):
    with pytest.raises(SystemExit):
        cli.main(["draw", "a*b", "a=2", "b=3", "-z"])
    assert "unrecognized arguments: -z" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["quiz", "--sead=3"])
    assert "unrecognized arguments: --sead=3" in capsys.readouterr().err
