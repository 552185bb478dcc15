"""Monitors that an option of the command line gives: the default is what most runs watch."""

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.source import Source

SCRIPT = """
import argparse
import keras
from absl import flags
flags.DEFINE_string("watched", "{metric}", "what to watch")
parser = argparse.ArgumentParser()
parser.add_argument("--metric", default="{metric}")
parser.add_argument("--nothing")
args = parser.parse_args()
model = keras.Sequential([keras.layers.Dense(3)])
model.compile("adam", "mse", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping({monitor}, patience=5, restore_best_weights=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
"""


def found(metric: str, monitor: str) -> list[str]:
    rules = [load_rules()[code] for code in ("OVF503", "OVF504")]
    text = SCRIPT.format(metric=metric, monitor=monitor)
    return [each.code for each in lint_source(Source("train.py", text), rules).findings]


@pytest.mark.parametrize("monitor", ["args.metric", "flags.FLAGS.watched", "f'{args.metric}'"])
def test_a_default_is_watched(monitor: str) -> None:
    assert found("accuracy", monitor) == ["OVF503"]
    assert found("acc", monitor) == ["OVF504"]
    assert found("val_accuracy", monitor) == []


@pytest.mark.parametrize("monitor", ["'val_' + args.metric", "f'val_{args.metric}'"])
def test_a_default_is_a_part_of_what_is_watched(monitor: str) -> None:
    assert found("accuracy", monitor) == []
    assert found("acc", monitor) == ["OVF504"]


@pytest.mark.parametrize("monitor", ["args.nothing", "f'val_{args.nothing}'"])
def test_without_a_default_nothing_is_known(monitor: str) -> None:
    assert found("acc", monitor) == []
