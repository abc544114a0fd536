"""Files that an earlier version wrote, before the rooms were what they are: they keep loading."""

import pathlib
import pickle
import shutil

import pytest

import autograd_mini as am
from autograd_mini import nn

FILES = pathlib.Path(__file__).parent / "data" / "earlier_version"
LOSSES = [0.6357423744216792, 0.6340986373088111, 0.632420648495289, 0.6307226144344482]


def model():
    return nn.MLP(2, [3, 1], seed=1)


def test_a_model():
    other = nn.MLP(2, [3, 1], seed=2)
    nn.load(other, FILES / "model.json")
    wanted = [parameter.data for parameter in model().parameters()]
    assert [parameter.data for parameter in other.parameters()] == wanted


def test_a_checkpoint_goes_on_as_the_training_did(tmp_path):
    shutil.copyfile(FILES / "checkpoint.json", tmp_path / "checkpoint.json")
    path = tmp_path / "checkpoint.json"
    options = {"epochs": 4, "checkpoint": path, "quiet": True, "compiled": False}
    assert am.fit(model(), am.datasets.xor(), **options).loss == LOSSES


def test_a_trace():
    a, b = am.Value(2.0, "a"), am.Value(-3.0, "b")
    again = am.trace((a * b).tanh() + a)
    read = am.Trace.from_json((FILES / "trace.json").read_text(encoding="utf-8"))
    assert [(event.kind, event.after) for event in read] == [(e.kind, e.after) for e in again]


@pytest.mark.parametrize("name", ["leaf", "model", "program"])
def test_a_pickle_says_that_it_is_too_old(name):
    with pytest.raises(ImportError, match="pickled by an earlier version of autograd_mini"):
        pickle.loads((FILES / f"{name}.pickle").read_bytes())
