"""Training: the loop over a data set, its history, and how right a model is."""

from autograd_mini.training.boundaries import DecisionBoundary, decision_boundary
from autograd_mini.training.evaluation import ConfusionTable, accuracy, confusion_table
from autograd_mini.training.fitting import fit
from autograd_mini.training.flows.comparison import FlowComparison, compare_flows
from autograd_mini.training.flows.report import GradientFlow, gradient_flow
from autograd_mini.training.history import History
from autograd_mini.training.plots import Plot
from autograd_mini.training.progress import Progress
from autograd_mini.training.races import RULES, Race, Rule, race
from autograd_mini.training.rule_formulas import rule_formula
from autograd_mini.training.scales import Scaling, scaling

__all__ = [
    "RULES", "ConfusionTable", "DecisionBoundary", "FlowComparison", "GradientFlow", "History",
    "Plot", "Progress", "Race", "Rule", "Scaling", "accuracy", "compare_flows", "confusion_table",
    "decision_boundary", "fit", "gradient_flow", "race", "rule_formula", "scaling",
]  # fmt: skip
