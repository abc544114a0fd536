"""Watch the chain rule: scalar reverse-mode autodiff to read, step through, draw and train with.

>>> from autograd_mini import Value
>>> a, b = Value(2.0), Value(3.0)
>>> c = a * b + a
>>> c.backward()
>>> a.grad, b.grad
(4.0, 2.0)
"""

from autograd_mini.engine.contexts import no_grad
from autograd_mini.engine.functions import clip, dot, logsumexp, mean, softmax, where
from autograd_mini.engine.functions import sum as sum
from autograd_mini.engine.value import Value, topological_order

from autograd_mini.engine.errors import (  # isort: skip
    AnomalyError, AutogradMiniError, CompileError, ExpressionError, GradcheckError,
    MissingExtra, StaleGraph,
)  # fmt: skip
from autograd_mini.engine.ops import (  # isort: skip
    Op, acos, acosh, asin, asinh, atan, atan2, atanh, ceil, cos, cosh, detach, elu, erf,
    exp, expm1, floor, gelu, heaviside, leaky_relu, log, log1p, log2, log10, maximum, minimum,
    relu, sigmoid, sign, silu, sin, sinh, softplus, sqrt, tan, tanh,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini import datasets, losses, nn, optim
    from autograd_mini.diagnosis.checker.check_engine import check_engine
    from autograd_mini.diagnosis.checker.engine_report import EngineReport
    from autograd_mini.diagnosis.diagnose import Diagnosis, diagnose
    from autograd_mini.diagnosis.mistaken import mistaken
    from autograd_mini.diagnosis.mistakes import mistakes
    from autograd_mini.diagnosis.training_mistakes import training_mistakes
    from autograd_mini.drawing.draw import Drawing, draw, draw_dot
    from autograd_mini.engine.derive import (  # isort: skip
        grad, gradcheck, gradients, hessian, jacobian, jvp, nudge, value_and_grad,
    )  # fmt: skip
    from autograd_mini.engine.parsing import expression_names, parse
    from autograd_mini.explaining.anomaly import anomaly
    from autograd_mini.explaining.cost import Cost, cost
    from autograd_mini.explaining.explain import Derivation, explain
    from autograd_mini.explaining.why import Reasons, why
    from autograd_mini.lessons.quiz import Quiz, quiz
    from autograd_mini.lessons.worksheet import Worksheet, worksheet
    from autograd_mini.page.document import Page, explore
    from autograd_mini.program.compile import Program
    from autograd_mini.program.compile import compile as compile
    from autograd_mini.stepper.prompt import debug
    from autograd_mini.stepper.step import Stepper, step
    from autograd_mini.tracing.trace import Trace, trace
    from autograd_mini.training.decision_boundary import DecisionBoundary, decision_boundary
    from autograd_mini.training.fit import fit
    from autograd_mini.training.flow.compare_flows import FlowComparison, compare_flows
    from autograd_mini.training.flow.gradient_flow import GradientFlow, gradient_flow
    from autograd_mini.training.history import History
    from autograd_mini.training.metrics import ConfusionTable, accuracy, confusion_table
    from autograd_mini.training.race import race
    from autograd_mini.training.rule_formulas import rule_formula
    from autograd_mini.training.scaling import scaling

# All but those that would take the place of Python's own: sum and compile.
__all__ = [
    "AnomalyError", "AutogradMiniError", "CompileError", "ConfusionTable", "Cost",
    "DecisionBoundary", "Derivation", "Diagnosis", "Drawing", "EngineReport", "ExpressionError",
    "FlowComparison", "GradcheckError", "GradientFlow", "History", "MissingExtra", "Op", "Page",
    "Program", "Quiz", "Reasons", "StaleGraph", "Stepper", "Trace", "Value",
    "Worksheet", "accuracy", "acos", "acosh", "anomaly", "asin", "asinh", "atan", "atan2", "atanh",
    "ceil", "check_engine", "clip", "compare_flows", "confusion_table", "cos", "cosh", "cost",
    "datasets", "debug", "decision_boundary", "detach", "diagnose", "dot", "draw", "draw_dot",
    "elu", "erf", "exp", "explain", "explore", "expm1", "expression_names", "fit", "floor", "gelu",
    "grad", "gradcheck", "gradient_flow", "gradients", "heaviside", "hessian", "jacobian", "jvp",
    "leaky_relu", "log", "log1p", "log2", "log10", "logsumexp", "losses", "maximum", "mean",
    "minimum", "mistaken", "mistakes", "nn", "no_grad", "nudge", "optim", "parse", "quiz", "race",
    "relu", "rule_formula", "scaling", "sigmoid", "sign", "silu", "sin", "sinh", "softmax",
    "softplus", "sqrt", "step", "tan", "tanh", "topological_order", "trace", "training_mistakes",
    "value_and_grad", "where", "why", "worksheet",
]  # fmt: skip

__version__ = "0.1.0"

# The upper rooms are imported when their names are first used: `import autograd_mini` stays quick.
_ROOMS = ("datasets", "losses", "nn", "optim")
_NAMES = {
    "engine.derive": "grad gradcheck gradients hessian jacobian jvp nudge value_and_grad",
    "engine.parsing": "expression_names parse",
    "tracing.trace": "Trace trace",
    "explaining.anomaly": "anomaly",
    "explaining.cost": "Cost cost",
    "explaining.explain": "Derivation explain",
    "explaining.why": "Reasons why",
    "diagnosis.checker.check_engine": "check_engine",
    "diagnosis.checker.engine_report": "EngineReport",
    "diagnosis.diagnose": "Diagnosis diagnose",
    "diagnosis.mistaken": "mistaken",
    "diagnosis.mistakes": "mistakes",
    "diagnosis.training_mistakes": "training_mistakes",
    "drawing.draw": "Drawing draw draw_dot",
    "program.compile": "Program compile",
    "training.decision_boundary": "DecisionBoundary decision_boundary",
    "training.fit": "fit",
    "training.flow.compare_flows": "FlowComparison compare_flows",
    "training.flow.gradient_flow": "GradientFlow gradient_flow",
    "training.history": "History",
    "training.metrics": "ConfusionTable accuracy confusion_table",
    "training.race": "race",
    "training.rule_formulas": "rule_formula",
    "training.scaling": "scaling",
    "stepper.prompt": "debug",
    "stepper.step": "Stepper step",
    "page.document": "Page explore",
    "lessons.quiz": "Quiz quiz",
    "lessons.worksheet": "Worksheet worksheet",
}
_ROOM_OF = {name: room for room, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _ROOMS:
        return import_module(f"autograd_mini.{name}")
    if name in _ROOM_OF:
        found = getattr(import_module(f"autograd_mini.{_ROOM_OF[name]}"), name)
        globals()[name] = found  # from now on without this detour
        return found
    raise _no_such_name(name)


def _no_such_name(name: str) -> Exception:
    import dis
    import sys

    from autograd_mini.engine.errors import closest

    meant = closest(name, [known for known in __dir__() if not known.startswith("_")])
    text = f"module 'autograd_mini' has no attribute {name!r}" + (
        f"; did you mean {meant!r}?" if meant else ""
    )
    asking = sys._getframe(2)
    # `from autograd_mini import explian` has a sentence of its own for an AttributeError.
    is_import = dis.opname[asking.f_code.co_code[asking.f_lasti]] == "IMPORT_FROM"
    return (ImportError if is_import else AttributeError)(text)


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *_ROOM_OF})
