"""The command `autograd-mini`: one subcommand for each thing that people do from a terminal."""

from autograd_mini.cli.front import main

__all__ = ["main"]
