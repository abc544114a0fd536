"""How many examples Hypothesis tries, what is slow, and in which order tests run.

There are few examples by default, and many where HYPOTHESIS_PROFILE=ci says so.

By default they are the same in every run, so that whoever runs the tests all day meets a failure
when something has changed. CI looks for new ones. Neither keeps a database of examples, which a
checkout that cannot be written would have no room for; what CI finds, it prints with its blob.
"""

import os
import random

import pytest
from hypothesis import settings

settings.register_profile("dev", max_examples=20, derandomize=True, deadline=None, database=None)
settings.register_profile("ci", max_examples=300, print_blob=True, deadline=None, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

pytest.register_assert_rewrite("support")  # so that they say as much as those of the tests

SLOW_EXAMPLES = {"autograd_mini.training.scaling.scaling"}  # it measures how long training takes


@pytest.hookimpl(tryfirst=True)  # before the tests for `-m` are chosen
def pytest_collection_modifyitems(items):
    for item in items:
        if item.name in SLOW_EXAMPLES:
            item.add_marker("slow")
    if seed := os.environ.get("TEST_ORDER"):  # to see that no test needs another before it
        random.Random(seed).shuffle(items)
