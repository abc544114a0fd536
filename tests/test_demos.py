"""Every demo runs, as a person would run it, and says what to notice."""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from support.places import ROOT

DEMOS = sorted((ROOT / "demos").glob("[0-9]*.py"))


def run(demo, folder):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, str(demo)], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_there_are_demos():
    assert DEMOS


@pytest.mark.slow
@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.stem)
def test_a_demo_runs_and_ends_with_a_question(demo, tmp_path):
    done = run(demo, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Notice" in done.stdout and "Question" in done.stdout.splitlines()[-1]
    assert max(map(len, done.stdout.splitlines())) <= 90


@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.stem)
def test_a_demo_fits_on_a_screen_or_two(demo):
    assert len(demo.read_text(encoding="utf-8").splitlines()) <= 80


@pytest.mark.slow
def test_plain_gradient_descent_learns_the_moons(tmp_path):
    text = run(ROOT / "demos" / "06_gradient_descent.py", tmp_path).stdout
    right = [int(number) for number in re.findall(r"right (\d+) of 100", text)]
    assert len(right) == 6 and right[-1] >= 95


@pytest.mark.slow
def test_the_pictures_of_the_readme_can_be_drawn_again(tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "demos" / "pictures" / "redraw.py"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == ""
    drawn = {path.name: ElementTree.parse(path) for path in tmp_path.iterdir()}
    shipped = {path.name: path for path in (ROOT / "demos" / "pictures").glob("*.svg")}
    assert set(drawn) == set(shipped)
    for name, path in shipped.items():  # places differ between versions of dot, texts do not
        assert texts_of(drawn[name]) == texts_of(ElementTree.parse(path)), name
    shown = re.findall(r"\]\(demos/pictures/(.*?)\)", (ROOT / "README.md").read_text())
    assert shown and set(shown) <= {*shipped, "page.png"}


def texts_of(svg):
    return sorted([text for node in svg.iter() if (text := (node.text or "").strip())])


# -- the table of contents and the lesson ----------------------------------------------------------

CONTENTS = (ROOT / "demos" / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```bash\n(.*?)```", CONTENTS, re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]


def test_the_table_has_each_demo_with_its_picture():
    rows = re.findall(r"^\| \[.*?\]\((\w+\.py)\) \| [^|]+ \|.*\|$", CONTENTS, re.MULTILINE)
    assert rows == [demo.name for demo in DEMOS]
    shown = re.findall(r'<img src="(.*?)" width="300" alt="[^"]+">', CONTENTS)
    assert len(shown) >= 14 and all((ROOT / "demos" / path).is_file() for path in shown)
    drawn = {path.stem for path in (ROOT / "demos" / "pictures").glob("[0-9]*.svg")}
    assert drawn <= {pathlib.Path(path).stem for path in shown}


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("autograd-mini")])
def test_a_command_of_the_lesson_works_as_written(command, tmp_path):
    (tmp_path / "class.txt").write_text("Ada\nBo\n", encoding="utf-8")
    (tmp_path / "my_engine.py").write_bytes(next(ROOT.glob("demos/15_*.py")).read_bytes())
    _, name, *options = shlex.split(command)
    program = [sys.executable, "-X", "utf8", "-m", "autograd_mini"]
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    known = subprocess.run([*program, "--help"], env=settings, capture_output=True, text=True)
    if not re.search(rf"^ +{name}\b", known.stdout, re.MULTILINE):
        pytest.skip(f"there is no command {name} yet")
    done = subprocess.run(
        [*program, name, *options], cwd=tmp_path, env=settings, input="q\n",
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == (1 if name == "check" else 0) and done.stderr == ""
    assert done.stdout


README = (ROOT / "README.md").read_text(encoding="utf-8")
FIVE_MINUTES = re.search(r"\*\*Five minutes.*?```bash\n(.*?)```", README, re.DOTALL)[1].splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("command", FIVE_MINUTES)
def test_a_command_of_the_five_minutes_works_as_written(command, tmp_path):
    (tmp_path / "demos").symlink_to(ROOT / "demos")
    line = command.partition("#")[0].replace(".venv/bin/python", "python")
    words = shlex.split(line.replace(".venv/bin/autograd-mini", "python -m autograd_mini"))
    done = subprocess.run(
        [sys.executable, "-X", "utf8", *words[1:]], cwd=tmp_path, input="n\nq\n",
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert words[0] == "python" and done.returncode == 0 and done.stderr == "" and done.stdout


def test_the_lesson_starts_demos_that_are_there():
    started = [line.split()[1] for line in COMMANDS if line.startswith("python ")]
    assert len(started) == 4 and all((ROOT / path).is_file() for path in started)
