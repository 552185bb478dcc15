"""The order of rows: whether it has a meaning, and whether the script shuffles it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overfitcheck.script.data import maker_of
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import constant

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.script import Script

RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "Bidirectional")

SERIES = frozenset(
    "time series timeseries window windows sequence sequences forecast stock price prices seq "
    "temporal lag lags lookback stateful".split()
)
"""Words in names of rows whose order has a meaning."""

SHUFFLERS = ("shuffle", "permutation", "train_test_split", "sample")

SHUFFLED = ("keras.datasets.", "sklearn.datasets.make_")
"""Makers of rows that stand in random order already."""


def may_be_series(fit: Fit) -> bool:
    """Whether the order of the training rows may have a meaning."""
    layers = fit.model.layers
    if not layers.complete or layers.of(*RECURRENT):
        return True
    names = words_in(fit.text_of("x"), fit.text_of("y"), maker_of(fit.x))
    return bool((fit.words | names) & SERIES)


def was_shuffled(script: Script) -> bool:
    """Whether the script puts any rows into another order."""
    return any(
        call.short_name in SHUFFLERS and constant(call["shuffle"], True) is not False
        for call in script.calls
    )
