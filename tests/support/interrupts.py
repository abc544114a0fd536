"""KeyboardInterrupt before every line of some code, one line at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType
from typing import Any


def interrupted_everywhere(act: Callable[[], Any], *modules: ModuleType) -> Iterator[None]:
    """Run `act` again and again, interrupted before its first line in the modules, its second..."""
    for stop in range(10_000):
        try:
            interrupted(act, stop, *modules)
            return
        except KeyboardInterrupt:
            yield


def interrupted(act: Callable[[], Any], stop: int, *modules: ModuleType) -> tuple[Any, bool]:
    """What `act` gives when Ctrl-C comes before its line number `stop` in the modules.

    Beside it, whether it came: there may be fewer lines.
    """
    files, lines = {module.__file__ for module in modules}, 0

    def tracer(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal lines
        if frame.f_code.co_filename not in files:
            return None
        lines += event == "line"
        if lines > stop:
            sys.settrace(None)
            raise KeyboardInterrupt
        return tracer

    previous = sys.gettrace()
    sys.settrace(tracer)
    try:
        return act(), lines > stop
    finally:
        sys.settrace(previous)
