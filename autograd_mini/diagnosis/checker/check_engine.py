"""`check_engine`: somebody's own engine, graded by what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd_mini.diagnosis.checker import findings, probes, second_backward, trials
from autograd_mini.diagnosis.checker.engine_report import EngineReport, Finding
from autograd_mini.diagnosis.checker.explanations import CORE, Explanation, explained
from autograd_mini.diagnosis.checker.probes import Use, alone, main_use
from autograd_mini.diagnosis.checker.trials import Attempts, GaveUp, Stopped, Trial, made, tried
from autograd_mini.engine.facts import facts_of
from autograd_mini.engine.ops import Op

TOO_DEEP = (
    "; deeper, its recursion meets Python's limit, which an engine that keeps a list of what is to "
    "come does not"
)


def check_engine(engine_class: type[Any]) -> EngineReport:
    """Grade somebody's own micrograd-like class by what it does; its code is not looked at.

    >>> from autograd_mini import Value
    >>> report = check_engine(Value)
    >>> report.passed, report.missing, report.mistakes
    (True, [], ())

    The class makes a leaf of a number, has operators and methods such as `tanh()`, `.data`, `.grad`
    and `backward()`. It is tried on some hundred small expressions. The report, when printed, says
    what is right and what is missing, and names each mistake that explains the wrong gradients,
    with the smallest expression that shows it and both numbers; where several mistakes explain
    them, all of these. Wrong gradients that no known mistake gives are called unexplained.

    The code of the class is run, and what it prints is let through. Its exceptions become findings.
    What is no class is a `TypeError`.
    """
    if not isinstance(engine_class, type):
        raise TypeError(f"give the class itself, such as Value, not {engine_class!r:.60}")
    unusable = _unusable(engine_class)
    if unusable:
        return EngineReport(engine_class.__name__, [unusable])
    try:
        attempts = Attempts(engine_class)
    except GaveUp as gave_up:
        return EngineReport(engine_class.__name__, [_exception(gave_up.trial)])
    return _report(attempts)


def _unusable(engine_class: type[Any]) -> Finding | None:
    """Why nothing can be tried with a class, if so."""
    name = engine_class.__name__
    try:
        with trials.watch(f"{name}(3.0)"):
            leaf = made(engine_class, 3.0)
    except Stopped as stopped:
        return Finding("unusable", f"{name}(3.0) stops with {stopped.reason}.")
    for attribute in ("data", "backward"):
        try:
            found = getattr(leaf, attribute)
        except Exception as error:
            reason = "" if isinstance(error, AttributeError) else f" ({type(error).__name__})"
            return Finding("unusable", f"{name}(3.0) has no .{attribute}{reason}.")
    return None if callable(found) else Finding("unusable", "backward is no method.")


# -- the report ------------------------------------------------------------------------------------


def _report(attempts: Attempts) -> EngineReport:
    others = {use: some for use, some in attempts.of_use.items() if some and use not in CORE}
    explanations = explained(attempts.core, others)
    best = explanations[0]
    found = [*_failures(attempts), *findings.findings_of(explanations, attempts.finished)]
    report = EngineReport(attempts.engine_class.__name__, found)
    if best.is_complete and not best.whole.names:  # the backward pass is right otherwise
        uses = [use for use in CORE if attempts.of_use.get(use) and _is_right(use, attempts, best)]
        rows = [use[0] for use in uses]
        report.add(_tried_last(report, attempts.engine_class, rows) if rows else [])
    report.missing = [*_missing(attempts), *attempts.unsupported]
    for row in dict.fromkeys([use[0] for use in (*attempts.of_use, *attempts.broken)]):
        _list_for(report, row, attempts, best).append(findings.operator_name(row))
    return report


def _list_for(report: EngineReport, row: Op, attempts: Attempts, best: Explanation) -> list[str]:
    """In which list of the report an operator belongs."""
    uses = [use for use in attempts.of_use if use[0] is row]
    broken = [trial for use, trial in attempts.broken.items() if use[0] is row]
    if any(map(_is_other_convention, broken)):
        return report.unjudged
    failed = [trial for trial in attempts.failed if trial.probe.uses <= set(uses)]
    if broken or (failed and attempts.finished):
        return report.wrong
    if not all(_is_seen(attempts.of_use[use]) for use in uses):
        return report.unjudged
    return report.right if all(_is_right(use, attempts, best) for use in uses) else report.wrong


def _is_other_convention(trial: Trial) -> bool:
    """Whether a forward pass is not wrong, but that of another function by this name."""
    return not trial.stopped and any(facts_of(row).convention for row, _ in trial.probe.uses)


def _is_seen(trials: Sequence[Trial]) -> bool:
    """Whether any gradient came to a leaf, or none should have."""
    came = any(any(trial.gradients.values()) for trial in trials)
    return came or (bool(trials) and not any(any(t.probe.right.values()) for t in trials))


def _is_right(use: Use, attempts: Attempts, best: Explanation) -> bool:
    if not best.is_complete:
        return all(trial.is_right for trial in attempts.of_use[use] if trial.probe.is_single)
    return use not in best.unexplained and not best.mistakes_below(use)


def _missing(attempts: Attempts) -> Iterator[str]:
    """What is missing: an operator as a whole, or one use of it."""
    for use in attempts.missing:
        main = main_use(use[0])
        if main not in attempts.missing:
            yield alone(use)
        elif use == main:
            yield findings.operator_name(use[0])


def _failures(attempts: Attempts) -> Iterator[Finding]:
    """Exceptions, each once, and wrong forward passes, one for each operation."""
    seen = set()
    for trial in sorted([*attempts.broken.values(), *attempts.failed], key=findings.simplest_first):
        row = str(next(iter(trial.probe.uses))[0])
        what = trial.stopped.reason if trial.stopped else row
        if what not in seen and not _is_other_convention(trial):
            seen.add(what)
            yield _exception(trial) if trial.stopped else findings.wrong_forward(trial)


def _exception(trial: Trial) -> Finding:
    assert trial.stopped is not None
    stages = {"backward": "backward() of ", "reading": "after backward() of "}
    start = stages.get(trial.stopped.stage, "")
    return Finding("raises", f"{start}{trial.probe.text}: {trial.stopped.reason}.")


# -- what is tried last ----------------------------------------------------------------------------


def _tried_last(report: EngineReport, engine_class: type, rows: Sequence[Op]) -> Iterator[Finding]:
    """What is wrong with a second call, then with long chains, then with many paths."""
    finding, report.second_backward = second_backward.called_twice(engine_class, rows)
    yield from [finding] if finding else []
    end = ""
    for length in probes.DEPTHS:
        trial = tried(engine_class, probes.chain(rows[0], length))
        if trial.stopped and trial.stopped.is_late and report.depth:
            end = f"; one of {length} {trial.stopped.reason}"
            break
        if trial.stopped and trial.stopped.is_deep:
            end = TOO_DEEP
            break
        if not trial.is_right:
            yield _only_here(trial, f"a chain of {length} results")
            break
        report.depth = length
    else:
        trial = tried(engine_class, probes.doublings(rows[0], probes.DOUBLINGS))
        if trial.is_right:
            end = ", and where 512 paths lead to one leaf"
        else:
            yield _only_here(
                trial, f"{probes.DOUBLINGS} results, each made from the one before, twice"
            )
    report.depth_text = f"right on a chain of {report.depth} results{end}" if report.depth else ""


def _only_here(trial: Trial, what: str) -> Finding:
    """What is wrong with a large expression."""
    if trial.stopped:
        return Finding("raises", f"{what}: {trial.stopped.reason}.")
    if not trial.has_right_data:
        return findings.wrong_forward(trial, what)
    sentence = "this is wrong, though smaller expressions are right."
    return findings.shown("unexplained", sentence, trial, what=what)
