"""The package runs from an archive, with a closed or a marked standard input, and into `head`."""

import os
import subprocess
import sys
import zipfile

import pytest

from support.places import ROOT
from support.rows import each_row

PACKAGE = ROOT / "autograd_mini"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "autograd_mini.zip"
    with zipfile.ZipFile(path, "w") as made:
        for file in sorted(PACKAGE.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                made.write(file, file.relative_to(ROOT))
        made.writestr(
            "__main__.py", "import sys; from autograd_mini.cli.main import main; sys.exit(main())"
        )
    return path


def run(*arguments, **options):
    options = {"capture_output": True, "timeout": 100, **options}
    return subprocess.run([sys.executable, *map(str, arguments)], **options)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    ["tour", "draw a*b a=1 b=2", "train iris --epochs 1", "explore a*b a=1 b=2 -o page.html",
     "check engine.py", "worksheet -o sheet.md", "compile a*b a=1 b=2", "quiz --help"],
)  # fmt: skip
def test_every_command_runs_from_an_archive(archive, tmp_path, command):
    (tmp_path / "engine.py").write_text(
        "class Value:\n    def __init__(self, data):\n        self.data = data\n"
        "    def backward(self): pass\n"
    )
    env = {**os.environ, "PYTHONPATH": ""}
    done = run(archive, *command.split(), cwd=tmp_path, env=env, stdin=subprocess.DEVNULL)
    assert done.returncode in ((0, 1) if command.startswith("check") else (0,)), done.stderr
    assert b"Traceback" not in done.stderr and done.stdout


SHELL = "'{python}' -m autograd_mini {command}"


def shell(command, redirection, tmp_path):
    line = f"{SHELL.format(python=sys.executable, command=command)} {redirection}"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, cwd=tmp_path, env=env, timeout=100
    )


@pytest.mark.slow
@each_row(
    ("command", "status"),
    [("step 'a*b' a=1 b=2", (0,)), ("quiz 'a*b' a=1 b=2", (0,)), ("draw a*b a=1 b=2", (0,)),
     ("tour", (0,)), ("draw '' ", (2,))],
)  # fmt: skip
def test_a_closed_standard_input_is_an_empty_one(tmp_path, command, status):
    done = shell(command, "<&-", tmp_path)
    assert done.returncode in status and b"Traceback" not in done.stderr, done.stderr


@pytest.mark.slow
@each_row("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_closed_output_is_no_crash(tmp_path, closed):
    done = shell("draw a*b a=1 b=2", closed, tmp_path)
    assert done.returncode in (0, 2) and b"Traceback" not in done.stderr, done.stderr


@pytest.mark.slow
def test_a_mark_of_byte_order_is_no_part_of_what_is_typed(tmp_path):
    typed = tmp_path / "typed"
    typed.write_bytes(b"\xef\xbb\xbfnext\nq\n")
    marked = shell("step 'a*b' a=1 b=2", "< typed", tmp_path)
    typed.write_bytes(b"next\nq\n")
    assert marked.stdout == shell("step 'a*b' a=1 b=2", "< typed", tmp_path).stdout
    assert marked.returncode == 0


@pytest.mark.slow
@each_row("command", ["tour", "quiz --help", "mistakes", "explain 'tanh(a*b)' a=1 b=2"])
def test_a_reader_that_has_seen_enough_ends_a_command_quietly(tmp_path, command):
    done = shell(command, "| head -1 > first; echo ${PIPESTATUS[0]}", tmp_path)
    assert done.stdout.strip() in (b"141", b"0") and b"Traceback" not in done.stderr, done.stderr
