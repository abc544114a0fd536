"""Watch the chain rule: scalar reverse-mode autodiff to read, step through, draw and train with.

>>> from autograd_mini import Value
>>> a, b = Value(2.0), Value(3.0)
>>> c = a * b + a
>>> c.backward()
>>> a.grad, b.grad
(4.0, 2.0)
"""

from __future__ import annotations

from autograd_mini.engine.contexts import no_grad as no_grad
from autograd_mini.engine.errors import AnomalyError as AnomalyError
from autograd_mini.engine.errors import AutogradMiniError as AutogradMiniError
from autograd_mini.engine.errors import CompileError as CompileError
from autograd_mini.engine.errors import ExpressionError as ExpressionError
from autograd_mini.engine.errors import GradcheckError as GradcheckError
from autograd_mini.engine.errors import MissingExtra as MissingExtra
from autograd_mini.engine.errors import StaleGraph as StaleGraph
from autograd_mini.engine.functions import dot as dot
from autograd_mini.engine.functions import logsumexp as logsumexp
from autograd_mini.engine.functions import mean as mean
from autograd_mini.engine.functions import softmax as softmax
from autograd_mini.engine.functions import sum as sum
from autograd_mini.engine.functions import where as where
from autograd_mini.engine.ops import Op as Op
from autograd_mini.engine.ops import acos as acos
from autograd_mini.engine.ops import acosh as acosh
from autograd_mini.engine.ops import asin as asin
from autograd_mini.engine.ops import asinh as asinh
from autograd_mini.engine.ops import atan as atan
from autograd_mini.engine.ops import atan2 as atan2
from autograd_mini.engine.ops import atanh as atanh
from autograd_mini.engine.ops import ceil as ceil
from autograd_mini.engine.ops import clip as clip
from autograd_mini.engine.ops import cos as cos
from autograd_mini.engine.ops import cosh as cosh
from autograd_mini.engine.ops import detach as detach
from autograd_mini.engine.ops import elu as elu
from autograd_mini.engine.ops import erf as erf
from autograd_mini.engine.ops import exp as exp
from autograd_mini.engine.ops import expm1 as expm1
from autograd_mini.engine.ops import floor as floor
from autograd_mini.engine.ops import gelu as gelu
from autograd_mini.engine.ops import heaviside as heaviside
from autograd_mini.engine.ops import leaky_relu as leaky_relu
from autograd_mini.engine.ops import log as log
from autograd_mini.engine.ops import log1p as log1p
from autograd_mini.engine.ops import log2 as log2
from autograd_mini.engine.ops import log10 as log10
from autograd_mini.engine.ops import maximum as maximum
from autograd_mini.engine.ops import minimum as minimum
from autograd_mini.engine.ops import relu as relu
from autograd_mini.engine.ops import sigmoid as sigmoid
from autograd_mini.engine.ops import sign as sign
from autograd_mini.engine.ops import silu as silu
from autograd_mini.engine.ops import sin as sin
from autograd_mini.engine.ops import sinh as sinh
from autograd_mini.engine.ops import softplus as softplus
from autograd_mini.engine.ops import sqrt as sqrt
from autograd_mini.engine.ops import tan as tan
from autograd_mini.engine.ops import tanh as tanh
from autograd_mini.engine.value import Value as Value
from autograd_mini.engine.value import topological_order as topological_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini import datasets as datasets
    from autograd_mini import losses as losses
    from autograd_mini import nn as nn
    from autograd_mini import optim as optim
    from autograd_mini.diagnosis.checker.check_engine import check_engine as check_engine
    from autograd_mini.diagnosis.checker.engine_report import EngineReport as EngineReport
    from autograd_mini.diagnosis.diagnose import Diagnosis as Diagnosis
    from autograd_mini.diagnosis.diagnose import diagnose as diagnose
    from autograd_mini.diagnosis.mistaken import mistaken as mistaken
    from autograd_mini.diagnosis.mistakes import mistakes as mistakes
    from autograd_mini.diagnosis.training_mistakes import training_mistakes as training_mistakes
    from autograd_mini.drawing.draw import Drawing as Drawing
    from autograd_mini.drawing.draw import draw as draw
    from autograd_mini.drawing.draw import draw_dot as draw_dot
    from autograd_mini.engine.derive import grad as grad
    from autograd_mini.engine.derive import gradcheck as gradcheck
    from autograd_mini.engine.derive import gradients as gradients
    from autograd_mini.engine.derive import hessian as hessian
    from autograd_mini.engine.derive import jacobian as jacobian
    from autograd_mini.engine.derive import jvp as jvp
    from autograd_mini.engine.derive import nudge as nudge
    from autograd_mini.engine.derive import value_and_grad as value_and_grad
    from autograd_mini.engine.parsing import parse as parse
    from autograd_mini.explaining.anomaly import anomaly as anomaly
    from autograd_mini.explaining.cost import Cost as Cost
    from autograd_mini.explaining.cost import cost as cost
    from autograd_mini.explaining.explain import Derivation as Derivation
    from autograd_mini.explaining.explain import explain as explain
    from autograd_mini.explaining.why import Reasons as Reasons
    from autograd_mini.explaining.why import why as why
    from autograd_mini.lessons.quiz import Quiz as Quiz
    from autograd_mini.lessons.quiz import quiz as quiz
    from autograd_mini.lessons.worksheet import Worksheet as Worksheet
    from autograd_mini.lessons.worksheet import worksheet as worksheet
    from autograd_mini.page.document import Page as Page
    from autograd_mini.page.document import explore as explore
    from autograd_mini.program.compile import Program as Program
    from autograd_mini.program.compile import compile as compile
    from autograd_mini.stepper.prompt import debug as debug
    from autograd_mini.stepper.step import Stepper as Stepper
    from autograd_mini.stepper.step import step as step
    from autograd_mini.tracing.trace import Trace as Trace
    from autograd_mini.tracing.trace import trace as trace
    from autograd_mini.training.decision_boundary import DecisionBoundary as DecisionBoundary
    from autograd_mini.training.decision_boundary import decision_boundary as decision_boundary
    from autograd_mini.training.fit import fit as fit
    from autograd_mini.training.flow.compare_flows import FlowComparison as FlowComparison
    from autograd_mini.training.flow.compare_flows import compare_flows as compare_flows
    from autograd_mini.training.flow.gradient_flow import GradientFlow as GradientFlow
    from autograd_mini.training.flow.gradient_flow import gradient_flow as gradient_flow
    from autograd_mini.training.history import History as History
    from autograd_mini.training.metrics import ConfusionTable as ConfusionTable
    from autograd_mini.training.metrics import accuracy as accuracy
    from autograd_mini.training.metrics import confusion_table as confusion_table

__version__ = "0.1.0"

# The upper rooms are imported when their names are first used: `import autograd_mini` stays quick.
_ROOMS = ("datasets", "losses", "nn", "optim")
_NAMES = {
    "engine.derive": "grad gradcheck gradients hessian jacobian jvp nudge value_and_grad",
    "engine.parsing": "parse",
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
    raise AttributeError(f"module 'autograd_mini' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *_ROOM_OF})
