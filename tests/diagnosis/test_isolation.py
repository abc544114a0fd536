"""Whatever a learner's file does, `check` ends with a report that says where."""

import json
import os
import time

import pytest

from autograd_mini.cli.check import LIMITS
from autograd_mini.diagnosis.checker import isolation
from autograd_mini.diagnosis.checker.isolation import check_file
from support.learners import engine


def report(folder, text, name="my_engine.py"):
    (folder / name).write_text(text)
    graded = check_file(str(folder / name), seconds=1)
    return " ".join(graded.text.split()), graded.passed


STOPS = {
    "exit()": "SystemExit: None, line 11",
    "import sys; sys.exit(0)": "SystemExit: 0, line 11",
    "import os; os._exit(0)": r"SystemExit: os._exit(0), line 11",
    "raise KeyboardInterrupt": "KeyboardInterrupt, line 11",
    "input()": "EOFError: EOF when reading a line, line 11",
    "[0] * 10**10": "MemoryError, line 11",
    "return self.tanh()": "RecursionError: maximum recursion depth exceeded, line 11",
    "import builtins; builtins.isinstance = None": "it replaces the built-in isinstance",
    "open('written', 'w')": "line 11",
    "open(__file__, 'a').write('x')": "line 11",
    "import ctypes; ctypes.string_at(0)": "the process was ended by SIGSEGV, line 11",
    "import os; os.kill(os.getpid(), 9)": "the process was ended by SIGKILL",
    "raise ValueError('a\\x1b[2Jb')": "ValueError: a\N{REPLACEMENT CHARACTER}[2Jb, line 11",
    "while True: pass": "Timeout: it does not end within 1 seconds, line 11",
}


@pytest.mark.slow
@pytest.mark.parametrize("tanh", STOPS)
def test_what_stops_a_function_is_named_with_expression_and_line(tmp_path, monkeypatch, tanh):
    monkeypatch.chdir(tmp_path)
    text, passed = report(tmp_path, engine(tanh))
    assert f"tanh(a) with a = 3: {STOPS[tanh]}" in text or (
        "tanh(a) with a = 3: OSError" in text and STOPS[tanh] in text
    )
    assert not passed and "\x1b" not in text and not os.path.exists("written")


LOOP_THAT_CATCHES = """while True:
            try:
                while True: pass
            except: pass"""


@pytest.mark.slow
@pytest.mark.parametrize("backward", ["while True: pass", LOOP_THAT_CATCHES])
def test_a_backward_pass_without_end(tmp_path, backward):
    text, passed = report(tmp_path, engine(backward=backward))
    assert "a * a with a = 3: " in text and "it does not end" in text and "line 1" in text
    assert not passed


IMPORTS = {
    "x = 1\nwhile True:\n    pass\n": "stops with Timeout in line ",
    "import os\nos._exit(0)\n": "ended the program (SystemExit: os._exit(0))",
    "exit()\n": "ended the program",
    "raise KeyboardInterrupt\n": "stops with KeyboardInterrupt in line 1",
    "x = 1\ny = 1 / 0\n": "stops with ZeroDivisionError in line 2: division by zero",
    "import builtins\nbuiltins.len = None\n": "it replaces the built-in len",
    "def f(:\n": "stops with SyntaxError in line 1",
    "import autograd_mini\nValue = autograd_mini.Value\n": "is the class of autograd_mini",
    "import autograd_mini\nclass Value(autograd_mini.Value): pass\n": "or made of it",
}


@pytest.mark.slow
@pytest.mark.parametrize("text", IMPORTS)
def test_a_file_that_cannot_be_run_is_reported(tmp_path, text):
    said, passed = report(tmp_path, text)
    assert "nothing could be tried" in said and IMPORTS[text] in said and not passed


@pytest.mark.slow
@pytest.mark.parametrize(
    "before",
    [
        "import sys; sys.stdout = None; sys.stderr = 3",
        "import atexit, time; atexit.register(time.sleep, 100)",
        "import threading, time; threading.Thread(target=time.sleep, args=[100]).start()",
        "import os; os.fork()",
        "print('x' * 1_000_000)",
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    ],
)
def test_what_is_no_fault_of_the_engine_is_no_finding(tmp_path, before):
    start = time.monotonic()
    text, passed = report(tmp_path, f"{before}\n{engine()}")
    assert passed and "1 of 1 operator is right" in text
    assert time.monotonic() - start < 60  # and nothing of it is waited for


@pytest.mark.slow
def test_the_cells_of_a_notebook_are_run(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# My engine"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip list\n", "import math"]},
        {"cell_type": "code", "source": ["%%timeit\n", "1/0"]},
        {"cell_type": "code", "source": engine().splitlines(keepends=True)},
        {"cell_type": "code", "source": ["Value?"]},
    ]
    text, passed = report(tmp_path, json.dumps({"cells": cells}), "my_engine.ipynb")
    assert passed and "1 of 1 operator is right" in text
    cells.append({"cell_type": "code", "source": ["x = 1\n", "1/0"]})
    text, _ = report(tmp_path, json.dumps({"cells": cells}), "my_engine.ipynb")
    assert "stops with ZeroDivisionError in line 2 of cell 6: division by zero" in text


@pytest.mark.slow
def test_gradients_that_are_nan_are_said_to_be_nan(tmp_path):
    text, _ = report(tmp_path, engine(backward="upstream = float('nan')"))
    assert "every gradient is nan." in text and "nan times" not in text


@pytest.mark.slow
def test_the_network_is_out_of_reach_or_that_is_said(tmp_path):
    connect = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    text, _ = report(tmp_path, engine(connect))
    assert "unreachable" in text or "refused" in text
    assert "no network where that can be forbidden" in LIMITS


def test_the_limits_are_those_that_the_help_names():
    seconds, all_seconds = isolation.SECONDS, 6 * isolation.SECONDS
    assert f"at most {seconds} seconds for an expression and {all_seconds} in all" in LIMITS
    assert f"at most {isolation.BYTES >> 30} GB" in LIMITS
