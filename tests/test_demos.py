"""Every demo runs, as a person would run it, and says what to notice."""

import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

ROOT = pathlib.Path(__file__).parents[1]
DEMOS = sorted((ROOT / "demos").glob("[0-9]*.py"))


def run(demo, folder):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, str(demo)], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_there_are_demos():
    assert DEMOS


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


def test_plain_gradient_descent_learns_the_moons(tmp_path):
    text = run(ROOT / "demos" / "06_gradient_descent.py", tmp_path).stdout
    right = [int(number) for number in re.findall(r"right (\d+) of 100", text)]
    assert len(right) == 6 and right[-1] >= 95


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
    assert shown and set(shown) <= set(shipped)


def texts_of(svg):
    return sorted([text for node in svg.iter() if (text := (node.text or "").strip())])
