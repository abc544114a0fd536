"""Pictures of a graph: DOT lines, rendered where a program for it is found, and terminal text."""

from autograd_mini.pictures.drawing import Drawing as Drawing
from autograd_mini.pictures.drawing import draw as draw
from autograd_mini.pictures.drawing import draw_dot as draw_dot
