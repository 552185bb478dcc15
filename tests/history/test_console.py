"""What Keras printed, in every age, reads back as the epochs that were trained."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overfitcheck.errors import UserError
from overfitcheck.history.console import read_console
from overfitcheck.history.history import EventKind, History
from overfitcheck.history.read import read_histories

LOGS = Path(__file__).parents[2] / "fixtures" / "logs"


def only(text: str) -> History:
    histories = read_console([text.encode()], "train.log")
    assert len(histories) == 1
    return histories[0]


def test_the_fer2013_excerpt() -> None:
    (history,) = read_histories(LOGS / "fer2013_excerpt.log")
    epochs = history.epochs
    assert list(epochs.index) == [32, 33, 34, 35, 36, 37, 38]
    assert epochs["val_loss"].idxmin() == 33
    assert epochs["val_acc"].idxmax() == 38
    assert epochs.loc[35, "loss"] == 0.1120
    assert history.planned_epochs == 50
    assert [(e.kind, e.epoch, e.value) for e in history.events] == [
        (EventKind.RATE_REDUCED, 35, 1e-4)
    ]
    assert epochs["learning_rate"].isna().tolist() == [True] * 4 + [False] * 3
    assert epochs["seconds"].tolist() == [89, 88, 89, 103, 92, 91, 91]


@pytest.mark.parametrize(
    ("line", "metrics", "seconds"),
    [
        ("15000/15000 [====] - 1s - loss: 0.51 - acc: 0.79", {"loss": 0.51, "acc": 0.79}, 1),
        ("15/15 [====] - 2s 20ms/step - loss: 7.2e-05", {"loss": 7.2e-05}, 2),
        ("15/15 [====] - 0s 5ms/step - loss: nan", {"loss": math.nan}, 0.075),
        ("15/15 - 1s - loss: 0.7 - 611ms/epoch - 41ms/step", {"loss": 0.7}, 0.611),
        ("15/15 - 3s - 57ms/step - accuracy: 0.5 - loss: 0.7", {"accuracy": 0.5, "loss": 0.7}, 3),
        (" - 34s - loss: 0.2 - acc: 0.9", {"loss": 0.2, "acc": 0.9}, 34),
        ("34s - loss: 0.2 - acc: 0.9", {"loss": 0.2, "acc": 0.9}, 34),
        ("\x1b[1m15/15\x1b[0m \x1b[32m━━━━\x1b[0m \x1b[1m4s\x1b[0m 9ms/step - loss: 1.5",
         {"loss": 1.5}, 4),
        ("[1m15/15[0m [32m━━━━[0m [1m4s[0m 9ms/step - loss: 1.5", {"loss": 1.5}, 4),
        ("\r 1/15 [>...] - ETA: 5s - loss: 9.9\b\b\b\b\r15/15 [====] - 2s - loss: 0.5",
         {"loss": 0.5}, 2),
        ("9/9 [=] - 22s - loss: 0.66 - val_acc: 0.5711.594 - ETA: 7s - loss: 0.6 - los - acc: ",
         {"loss": 0.66, "val_acc": 0.5711}, 22),
        ("9/9 [=] - 1s - loss: -12.5 - kl: inf - val_loss: 1e20",
         {"loss": -12.5, "kl": math.inf, "val_loss": 1e20}, 1),
        ("7/Unknown - 3s 2ms/step - loss: 0.5", {"loss": 0.5}, 3),
        ("2026-01-31T10:00:00.123Z 15/15 [====] - 2s 20ms/step - loss: 0.5", {"loss": 0.5}, 2),
    ],
)  # fmt: skip
def test_progress_lines(line: str, metrics: dict[str, float], seconds: float) -> None:
    epochs = only(f"Epoch 1/3\n{line}\n").epochs
    found = epochs.drop(columns="seconds").iloc[0].to_dict()
    assert found == pytest.approx(metrics, nan_ok=True)
    assert epochs["seconds"].iloc[0] == pytest.approx(seconds)


def test_an_interrupted_epoch_is_none() -> None:
    text = (
        "Epoch 1/3\n9/9 [=] - 1s - loss: 0.5\n"
        "Epoch 2/3\n4/9 [>..] - ETA: 1s - loss: 0.4\nKeyboardInterrupt\n"
    )
    history = only(text)
    assert list(history.epochs.index) == [1]
    assert history.notes == ("epoch 2 was interrupted and is left out (line 3)",)


def test_a_message_that_cuts_the_line_in_two() -> None:
    text = (
        "Epoch 1/3\n\r 1/9 [>...] - ETA: 5s - loss: 9.0\n"
        "Epoch 00001: val_loss improved from inf to 0.7, saving model to a.h5\n"
        "\b\b\b\b\r9/9 [=] - 1s - loss: 0.5 - val_loss: 0.7\n"
    )
    history = only(text)
    assert history.epochs["loss"].tolist() == [0.5]
    assert [event.kind for event in history.events] == [EventKind.CHECKPOINT_SAVED]


def test_evaluate_after_the_last_epoch_is_no_epoch() -> None:
    text = "Epoch 1/1\n9/9 [=] - 1s - loss: 0.5\n4/4 [=] - 0s 1ms/step - loss: 0.9 - acc: 0.1\n"
    assert only(text).epochs["loss"].tolist() == [0.5]


def test_a_header_printed_twice_is_one_epoch() -> None:
    text = "Epoch 1/2\nEpoch 1/2\n9/9 [=] - 1s - loss: 0.5\nEpoch 2/2\n9/9 [=] - 1s - loss: 0.4\n"
    assert list(only(text).epochs.index) == [1, 2]


def test_two_fits_one_after_the_other() -> None:
    epoch = "9/9 [=] - 1s - loss: 0.5\n"
    text = f"Epoch 1/2\n{epoch}Epoch 2/2\n{epoch}Epoch 1/5\n{epoch}"
    histories = read_console([text.encode()], "train.log")
    assert [len(history.epochs) for history in histories] == [2, 1]
    assert [history.source for history in histories] == ["train.log#1", "train.log#2"]


def test_fits_of_one_epoch_in_a_loop_are_one_history() -> None:
    text = "".join(f"Epoch 1/1\n9/9 [=] - 1s - loss: 0.{n}\n" for n in range(1, 6))
    history = only(text)
    assert list(history.epochs.index) == [1, 2, 3, 4, 5]
    assert history.notes == ("5 fits of one epoch each are read as one",)


def test_elided_epochs_keep_their_numbers() -> None:
    text = "Epoch 1/99\n9/9 [=] - 1s - loss: 0.5\n…\nEpoch 99/99\n9/9 [=] - 1s - loss: 0.1\n"
    assert list(only(text).epochs.index) == [1, 99]


def test_the_rate_is_the_one_that_the_epoch_was_trained_at() -> None:
    text = (
        "\nEpoch 1: LearningRateScheduler setting learning rate to 0.019999999552965164.\n"
        "Epoch 1/3\n\nEpoch 1: ReduceLROnPlateau reducing learning rate to 0.009999999776482582.\n"
        "9/9 - 1s - 5ms/step - loss: 0.5 - learning_rate: 0.0100\n"
        "Epoch 2/3\n9/9 - 1s - 5ms/step - loss: 0.4 - learning_rate: 0.0100\n"
    )
    history = only(text)
    assert history.epochs["learning_rate"].tolist() == [0.02, 0.01]
    assert any("epoch 1" in note and "0.02" in note for note in history.notes)


def test_early_stop_and_restored_weights_are_events() -> None:
    text = (
        "Epoch 1/9\n9/9 [=] - 1s - loss: 0.5 - val_loss: 1.0\n"
        "Epoch 2/9\n9/9 [=] - 1s - loss: 0.4 - val_loss: 2.0\n"
        "Epoch 2: early stopping\nRestoring model weights from the end of the best epoch: 1.\n"
    )
    assert [(e.kind, e.epoch, e.value) for e in only(text).events] == [
        (EventKind.EARLY_STOP, 2, None),
        (EventKind.WEIGHTS_RESTORED, 2, 1.0),
    ]


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True).filter(
    lambda name: name not in ("lr", "learning_rate", "seconds", "loss") and "eta" not in name
)
NUMBERS = st.floats(min_value=-1e6, max_value=1e6).map(lambda number: round(number, 4))
STYLES = ("keras 1 bar", "keras 2 verbose 2", "keras 3 bar", "keras 3 verbose 2")


def printed(style: str, epochs: list[dict[str, float]]) -> str:
    """The epochs as Keras prints them in one of its styles."""
    lines = []
    for number, metrics in enumerate(epochs, 1):
        pairs = " - ".join(f"{name}: {value:.4f}" for name, value in metrics.items())
        lines.append(f"Epoch {number}/{len(epochs)}")
        lines.append(
            {
                "keras 1 bar": f"\r3/9 [===>....] - ETA: 1s - loss: 9\b\b\b\r9/9 [=====] - 1s - {pairs}",
                "keras 2 verbose 2": f"9/9 - 1s - {pairs} - 611ms/epoch - 41ms/step",
                "keras 3 bar": f"\x1b[1m9/9\x1b[0m \x1b[32m━━━\x1b[0m \x1b[1m1s\x1b[0m 5ms/step - {pairs}",
                "keras 3 verbose 2": f"9/9 - 1s - 5ms/step - {pairs}",
            }[style]
        )
    return "\n".join(lines) + "\n"


@settings(max_examples=150)
@given(
    st.sampled_from(STYLES),
    st.lists(NAMES, min_size=1, max_size=4, unique=True),
    st.integers(1, 6),
    st.booleans(),
    st.data(),
)
def test_what_is_printed_reads_back(
    style: str, names: list[str], count: int, terminal: bool, data: st.DataObject
) -> None:
    keys = ["loss", *names]
    epochs = [{key: data.draw(NUMBERS) for key in keys} for _ in range(count)]
    text = printed(style, epochs)
    history = only(text.replace("\n", "\r\n") if terminal else text)
    if count == 1:
        assert history.planned_epochs == 1
    assert history.epochs.drop(columns="seconds").to_dict("records") == epochs


@settings(max_examples=300)
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_histories_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("log") / "train.log"
    path.write_bytes(data)
    try:
        histories = read_histories(path)
    except UserError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
    else:
        assert all(len(history.epochs) for history in histories)


PIECES = st.lists(
    st.sampled_from(
        ["Epoch 1/3", "Epoch 2/3", "\n", "\r", "\b\b", "9/9 ", "[=] - ", "1s - ", "loss: 0.5", "val_",
         " - ", "nan", "ETA: 1s", "\x1b[1m", "Epoch 1: early stopping", "━━", "3/9 ", "epoch,loss",
         ",", "1,0.5", "0", "Restoring model weights from the end of the best epoch"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=300)
@given(PIECES)
def test_shuffled_pieces_never_raise(text: str) -> None:
    for history in read_console([text.encode()], "train.log"):
        assert history.epochs.index.is_monotonic_increasing
        assert history.epochs.index.is_unique
