"""Expressions, built and differentiated with somebody's own class, through its public face."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

import autograd_mini
from autograd_mini.diagnosis.checker import probes
from autograd_mini.diagnosis.checker.probes import Probe, Use, main_use, use_of
from autograd_mini.engine.errors import printable
from autograd_mini.engine.facts import facts_of
from autograd_mini.tracing.graph import Node

# How far a number may be off: other formulas round otherwise, and some engines have 32 bits.
RELATIVE, ABSOLUTE = 1e-5, 1e-7

# What a method raises that does not take plain numbers, or a Value as exponent.
_REFUSALS = (TypeError, AttributeError, AssertionError, NotImplementedError, ValueError)


# What is caught, and so becomes a finding; and what is done around each expression that is tried.
# A process of the learner's own has more to catch, and looks at the clock.
caught: tuple[type[BaseException], ...] = (Exception,)
watch: Callable[[str], AbstractContextManager[object]] = nullcontext


class Timeout(BaseException):  # no Exception, which an engine might catch
    """Raised where the code of an engine is when its time is up."""


class Stopped(Exception):
    """What kept a trial from its end: in which `stage`, for which `reason`.

    `is_missing` says that the operation does not exist, `is_deep` that recursion went too deep,
    `is_late` that it took too long.
    """

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(reason)
        self.stage, self.reason = stage, reason
        self.is_missing = self.is_deep = self.is_late = False


class Trial:
    """What an engine gave for a probe: the number of the root, and the gradients of the leaves.

    `stopped` is None, or what kept the trial from its end. `root_gradient` is None unless it is a
    number.
    """

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self.data: float | None = None
        self.gradients: dict[str, float] = {}
        self.root_gradient: float | None = None
        self.stopped: Stopped | None = None

    @property
    def has_right_data(self) -> bool:
        """Whether the forward pass gave the right number."""
        return self.data is not None and close(self.data, self.probe.data)

    @property
    def is_right(self) -> bool:
        """Whether both passes gave the right numbers."""
        return self.has_right_data and self.gives(self.probe.right)

    def gives(self, gradients: Mapping[str, float]) -> bool:
        """Whether these are the gradients that were found."""
        return self.stopped is None and same(self.gradients, gradients)

    @property
    def wrong_leaves(self) -> list[str]:
        """The leaves with wrong gradients."""
        right = self.probe.right
        return [name for name in right if not close(self.gradients[name], right[name])]


def close(found: float, right: float) -> bool:
    """Whether a number is another one, but for rounding.

    >>> close(0.3333333, 1 / 3), close(0.33, 1 / 3)
    (True, False)
    """
    if found == right or (found != found and right != right):
        return True
    return abs(found - right) <= ABSOLUTE + RELATIVE * abs(right)


def same(some: Mapping[str, float], others: Mapping[str, float]) -> bool:
    """Whether gradients by name are the same."""
    return all(close(some[name], others[name]) for name in others)


def tried(engine_class: type, probe: Probe) -> Trial:
    """Build the expression of a probe with a class, call `backward()`, and read what it gave."""
    trial = Trial(probe)
    try:
        with watch(probe.text):
            values = built(engine_class, probe)
            trial.data = _read(values[-1], "data")
            call_backward(values)
            trial.gradients = gradients_in(values, probe)
            with suppress(Stopped):
                trial.root_gradient = _read(values[-1], "grad")
    except Stopped as stopped:
        trial.stopped = stopped
    return trial


def built(engine_class: type, probe: Probe) -> list[Any]:
    """An object of this class for each node of a probe; constants are plain numbers."""
    values: list[Any] = []
    for node in probe.graph.nodes:
        if node.is_constant:
            values.append(int(node.data) if node.data.is_integer() else node.data)
        elif node.op is None:
            values.append(made(engine_class, node.data))
        else:
            values.append(_applied(node, use_of(probe.graph, node), values))
    return values


def made(engine_class: type, number: float) -> Any:
    """A leaf."""
    try:
        return engine_class(number)
    except caught as error:
        raise _stop("making a leaf", error) from error


def _applied(node: Node, use: Use, values: list[Any]) -> Any:
    row, operands = use[0], [values[index] for index in node.parents]
    try:
        by_operator = facts_of(row).python
        result = by_operator(*operands) if by_operator else getattr(operands[0], row.name)()
        if result is NotImplemented:
            raise NotImplementedError("it returns NotImplemented")
        if hasattr(result, "data") and hasattr(result, "backward"):
            return result
    except caught as error:
        stopped = _stop("forward", error)
        refused = use != main_use(row) and isinstance(error, _REFUSALS)
        stopped.is_missing |= refused or isinstance(error, NotImplementedError)
        raise stopped from error
    kind = "None (a method without return gives None)" if result is None else type(result).__name__
    raise Stopped("forward", f"the result is {kind}, without data or backward()")


def call_backward(values: Sequence[Any]) -> None:
    """`backward()` of the last of these."""
    try:
        values[-1].backward()
    except caught as error:
        raise _stop("backward", error) from error


def gradients_in(values: list[Any], probe: Probe) -> dict[str, float]:
    """The gradients that the leaves hold; None counts as 0."""
    leaves = [node for node in probe.graph.nodes if node.is_leaf]
    return {node.name: _read(values[node.index], "grad") + 0.0 for node in leaves}


def _read(value: object, name: str) -> float:
    """A number of a value: its own, or that of a value inside it."""
    try:
        found = getattr(value, name)
        for _ in range(3):
            found = found.data if hasattr(found, "backward") else found
        if found is None and name == "grad":
            return 0.0
        if isinstance(found, str):
            raise TypeError("a string is no number")
        return float(found)
    except caught as error:
        stopped = _stop("reading", error)
        stopped.reason = f".{name} cannot be read as a number ({stopped.reason})"
        raise stopped from error


_OURS, _PYTHON = (
    os.path.dirname(file) + os.sep for file in (str(autograd_mini.__file__), os.__file__)
)


# -- exceptions ------------------------------------------------------------------------------------


def _stop(stage: str, error: BaseException) -> Stopped:
    text = printable(" ".join(str(error).split()))
    reason = f"{type(error).__name__}: {text:.120}" if text else type(error).__name__
    place = _place(error)
    stopped = Stopped(stage, f"{reason}, {place}" if place else reason)
    stopped.is_late = isinstance(error, Timeout)
    stopped.is_deep = isinstance(error, RecursionError)
    # Python itself raises these, in this very file, where there is no such method.
    absent = isinstance(error, TypeError | AttributeError) and not place
    stopped.is_missing = stage == "forward" and absent
    return stopped


def _place(error: BaseException) -> str:
    """Where an exception was raised, if not by us: the file, the line and the function.

    Of what Python's own files raise, that is where they were called.
    """
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        of_python = code.co_filename.startswith((_PYTHON, "<frozen"))
        if not code.co_filename.startswith(_OURS) and not (place and of_python):
            file = code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
            inside = "" if code.co_name.startswith("<") else f", in {code.co_name}()"
            place = f"line {line} of {printable(file)}{inside}"
    return place


# -- all trials of a class -------------------------------------------------------------------------


class GaveUp(Exception):
    """A trial took too long, and so would the others."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial)
        self.trial = trial


class Attempts:
    """All trials of one class.

    `missing` are the uses that it does not have, `unsupported` expressions that it refuses of a use
    that it has. `broken` are uses that raise or compute another number, with the trial that shows
    it. `of_use` are the trials of each other use, `core` those with + and * only; all of these came
    to their end with right forward passes. Those that did not are in `failed`.
    """

    def __init__(self, engine_class: type[Any]) -> None:
        self.engine_class = engine_class
        self.missing: list[Use] = []
        self.unsupported: list[str] = []
        self.broken: dict[Use, Trial] = {}
        self.failed: list[Trial] = []
        self.of_use: dict[Use, list[Trial]] = {}
        for use in [*probes.expected_uses(), *probes.other_uses(engine_class)]:
            self._try_alone(use)
        for use, trials in self.of_use.items():
            trials += self._try_all([one for one in probes.probes_of(use) if len(one.uses) > 1])
        self.core = self._try_all(probes.pass_probes())

    def _try_alone(self, use: Use) -> None:
        trials = [self._tried(one) for one in probes.probes_of(use) if one.uses == {use}]
        refused = [trial for trial in trials if trial.stopped and trial.stopped.is_missing]
        if len(refused) == len(trials):
            self.missing.append(use)
            return
        self.unsupported += [trial.probe.expression for trial in refused]
        others = [trial for trial in trials if trial not in refused]
        failures = [trial for trial in others if _fails_forward(trial)]
        if failures:
            self.broken[use] = failures[0]
        else:
            self.of_use[use] = self._finished(others)

    def _try_all(self, some: Sequence[Probe]) -> list[Trial]:
        """The trials that came to their end, of probes with nothing missing or broken in them."""
        possible = [one for one in some if one.uses <= self.of_use.keys()]
        return self._finished([self._tried(one) for one in possible])

    def _tried(self, one: Probe) -> Trial:
        trial = tried(self.engine_class, one)
        if trial.stopped and trial.stopped.is_late:
            raise GaveUp(trial)
        return trial

    def _finished(self, trials: Iterable[Trial]) -> list[Trial]:
        found: list[Trial] = []
        for trial in trials:
            failed = trial.stopped or not trial.has_right_data
            (self.failed if failed else found).append(trial)
        return found

    @property
    def finished(self) -> list[Trial]:
        """The trials that came to their end."""
        return [*self.core, *[trial for trials in self.of_use.values() for trial in trials]]


def _fails_forward(trial: Trial) -> bool:
    if trial.stopped:
        return trial.stopped.stage == "forward"
    return not trial.has_right_data
