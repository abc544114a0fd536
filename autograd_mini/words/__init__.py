"""Words about a recorded trace: what a teacher writes on the board, and says when it went wrong."""

from autograd_mini.words.anomalies import anomaly as anomaly
from autograd_mini.words.costs import Cost as Cost
from autograd_mini.words.costs import cost as cost
from autograd_mini.words.derivation import Derivation as Derivation
from autograd_mini.words.derivation import explain as explain
from autograd_mini.words.reasons import Reasons as Reasons
from autograd_mini.words.reasons import why as why
