"""Words about a recorded trace: a derivation, written as a teacher puts it on the board."""

from autograd_mini.words.derivation import Derivation as Derivation
from autograd_mini.words.derivation import explain as explain
