"""A learner's file, run and graded in a process of its own: whatever it does, there is a report.

The process tells through a pipe what it is about to try, and in the end what the report says. If it
does not come to that, what it told last is where it ended.
"""

from __future__ import annotations

import builtins
import faulthandler
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import NamedTuple, NoReturn, TextIO

from autograd_mini.diagnosis.checker import loading, trials
from autograd_mini.diagnosis.checker.check_engine import check_engine
from autograd_mini.diagnosis.checker.engine_report import EngineReport, Finding

SECONDS = 10  # for one expression
BYTES = 2 << 30  # of memory
# Of Linux: flags of unshare(2), and mount_setattr(2) for what is below a folder.
NEW_MOUNTS, NEW_USER, NEW_NETWORK = 0x00020000, 0x10000000, 0x40000000
MOUNT_SETATTR, RECURSIVE = 442, 0x8000

_CHILD = """
import sys
spec, pipe, seconds, *sys.path = sys.argv[1:]
from autograd_mini.diagnosis.checker.isolation import report_through
report_through(int(pipe), spec, int(seconds))
"""


class Graded(NamedTuple):
    """What a report says, and whether the engine has passed."""

    text: str
    passed: bool


def check_file(spec: str, seconds: int = SECONDS) -> Graded:
    """Grade the class that a text such as "my_engine.py:Value" names, in another process.

    An expression may take so many seconds, and all of them six times that. No such file or class is
    a `FileNotFoundError` or a `ValueError`; whatever the file does when it is run is a finding.
    """
    if os.name != "posix":
        return _graded(spec)
    reading, writing = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, spec, str(writing), str(seconds), *sys.path],
        pass_fds=[writing],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C comes to the parent alone, which ends all that is there
    )
    os.close(writing)
    timer = Timer(6.0 * seconds, _end, [child])
    timer.start()
    try:
        with open(reading, encoding="utf-8", errors="replace") as pipe:
            told = _told(pipe, os.path.abspath(loading.parts(spec)[0]))
    finally:
        timer.cancel()
        _end(child)
    if "error" in told:
        raise {"FileNotFoundError": FileNotFoundError}.get(told["kind"], ValueError)(told["error"])
    if "text" in told:
        return Graded(told["text"], told["passed"] == "yes")
    return _cut_off(spec, told, child.returncode)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started; one that is at its end may say how."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(0.2)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _told(pipe: Iterator[str], path: str) -> dict[str, str]:
    """What the child told, up to the report; and the line of the file where it was cut off."""
    told: dict[str, str] = {"at": "starting"}
    for line in pipe:
        if line.startswith("{"):
            told |= json.loads(line)
        elif "line" not in told and (found := re.match(r'  File "(.*)", line (\d+)', line)):
            if found[1].startswith(path):
                told["line"] = f", line {found[2]} of {os.path.basename(found[1])}"
        elif line.startswith("Timeout"):
            told["reason"] = "it does not end in time"
        if "text" in told or "error" in told:
            break
    return told


def _cut_off(spec: str, told: dict[str, str], status: int) -> Graded:
    reason = f"the process ended with status {status}"
    if status < 0:
        reason = f"the process was ended by {signal.Signals(-status).name}"
    reason = told.get("reason", reason) + told.get("line", "")
    report = EngineReport(loading.parts(spec)[1], [Finding("raises", f"{told['at']}: {reason}.")])
    return Graded(report.text, report.passed)


def _graded(spec: str) -> Graded:
    try:
        report = check_engine(loading.load(spec))
    except loading.FileStops as stops:
        report = EngineReport(loading.parts(spec)[1], [Finding("unusable", f"{stops}.")])
    return Graded(report.text, report.passed)


# -- in the child ----------------------------------------------------------------------------------


def report_through(pipe: int, spec: str, seconds: int) -> NoReturn:
    """Grade, and write to the pipe; the process ends with it, whatever else may be running."""
    leave = os._exit
    with open(pipe, "w", encoding="utf-8") as out:
        _forbid()
        _watch(out, seconds)
        try:
            graded = _graded(spec)
            found = {"text": graded.text, "passed": "yes" if graded.passed else "no"}
        except (OSError, ValueError) as error:
            found = {"error": str(error), "kind": type(error).__name__}
        out.write(json.dumps(found) + "\n")
    leave(0)


def _watch(out: TextIO, seconds: int) -> None:
    """Tell what is tried and stop it when its time is up; the first to know is Python itself.

    What catches that exception too is ended two seconds later, and the line is told.
    """
    space, plain = vars(builtins), dict(vars(builtins))

    def stop(*_: object) -> NoReturn:
        raise trials.Timeout(f"it does not end within {seconds} seconds")

    def end(status: int = 0) -> NoReturn:
        raise SystemExit(f"os._exit({status})")

    @contextmanager
    def watch(what: str) -> Iterator[None]:
        out.write(json.dumps({"at": what}) + "\n")
        out.flush()
        signal.setitimer(signal.ITIMER_REAL, seconds)
        faulthandler.dump_traceback_later(seconds + 2, exit=True, file=out)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()
            replaced = [name for name, thing in plain.items() if space.get(name) is not thing]
            if replaced:
                space.update(plain)
                raise trials.Stopped("forward", f"it replaces the built-in {replaced[0]}")

    signal.signal(signal.SIGALRM, stop)
    faulthandler.enable(out)
    os._exit = end
    trials.caught, trials.watch = (BaseException,), watch


def _forbid() -> None:
    """Set a limit on memory; forbid writing and the network, as far as the system allows that."""
    import ctypes
    import resource

    for limit, most in ((resource.RLIMIT_AS, BYTES), (resource.RLIMIT_FSIZE, 0)):
        with suppress(OSError, ValueError):
            resource.setrlimit(limit, (most, most))
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            system = ctypes.CDLL(None)
            if system.unshare(NEW_NETWORK | NEW_MOUNTS) != 0:
                system.unshare(NEW_USER | NEW_NETWORK | NEW_MOUNTS)
            read_only = (ctypes.c_uint64 * 4)(1)  # struct mount_attr with MOUNT_ATTR_RDONLY set
            system.syscall(MOUNT_SETATTR, -100, b"/", RECURSIVE, read_only, 32)
