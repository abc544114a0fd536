"""The command `tour`, which is also what happens without a command."""

import argparse

from autograd_mini.lessons import tour


def add_options(command: argparse.ArgumentParser) -> None:
    """It has none."""


def run(options: argparse.Namespace) -> None:
    tour.take()
