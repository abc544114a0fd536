"""Where things are: the checkout, the package, the tests, and the files that tests read."""

import json
import pathlib

TESTS = pathlib.Path(__file__).parents[1]
ROOT = TESTS.parent
PACKAGE = ROOT / "autograd_mini"
DATA = TESTS / "data"
GOLDEN_FILES = TESTS / "golden"  # in folders that are named like those of the tests

# Labels that a user could write, and that must stay text wherever they are written.
ATTACKS = json.loads((DATA / "attack_strings.json").read_text(encoding="utf-8"))
