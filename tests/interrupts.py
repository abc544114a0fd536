"""KeyboardInterrupt before every line of some code, one line at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType
from typing import Any


def interrupted_everywhere(act: Callable[[], Any], *modules: ModuleType) -> Iterator[None]:
    """Run `act` again and again, interrupted before its first line in the modules, its second..."""
    files = {module.__file__ for module in modules}
    for stop in range(10_000):
        lines = 0

        def tracer(frame: FrameType, event: str, argument: Any, stop: int = stop) -> Any:
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
            act()
            return
        except KeyboardInterrupt:
            sys.settrace(previous)
            yield
        finally:
            sys.settrace(previous)
