"""Fewer examples where each is large."""

from hypothesis import settings


def one_in(count):
    """Settings for a share of the examples that the profile asks for."""
    return settings(max_examples=max(2, settings().max_examples // count))
