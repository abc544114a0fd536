"""A graph as a straight-line program: compiled and run, or written as source."""

from autograd_mini.program.compiled import Program as Program
from autograd_mini.program.compiled import compile as compile
