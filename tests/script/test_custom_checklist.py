"""What a training loop of the script's own does by hand: its technique checklist."""

from textwrap import dedent, indent

import pytest

from overfitcheck.finding import Answer
from overfitcheck.script.script import read_script

HEAD = """
import keras
import tensorflow as tf
from keras import layers
def build(*more):
    return keras.Sequential([layers.Dense(8), *more, layers.Dense(3)])
net = build()
optimizer = keras.optimizers.Adam(1e-3)
loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
"""

TAPE = """\
with tf.GradientTape() as tape:
    loss = loss_of(y, net(x, training=True))
gradients = tape.gradient(loss, net.trainable_variables)
optimizer.apply_gradients(zip(gradients, net.trainable_variables))
"""

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


def a_loop(after: str = "", step: str = TAPE) -> str:
    inner, outer = indent(dedent(step), " " * 8), indent(dedent(after), " " * 4)
    return f"for epoch in range(50):\n    for x, y in rows:\n{inner}{outer}\n"


def answers(body: str) -> dict[str, Answer]:
    (loop,) = read_script(HEAD + dedent(body), "train.py").custom_loops
    return dict(loop.script.checklist(loop))


STOPPED = {
    "a break": ("if val_loss > lowest and waited > 5:\n    break", YES),
    "a break in an else": ("if epoch < 5:\n    pass\nelif loss < 0.01:\n    break", YES),
    "a break of another kind": ("if time.time() > deadline:\n    break", UNKNOWN),
    "a break of another loop": ("for each in files:\n    if each.loss:\n        break", NO),
    "a word": ("stopper(loss)", UNKNOWN),
    "nothing": ("print(epoch)", NO),
}


@pytest.mark.parametrize(("after", "answer"), STOPPED.values(), ids=STOPPED)
def test_early_stopping(after: str, answer: Answer) -> None:
    assert answers(a_loop(after))["early stopping"] is answer


KEPT = {
    "the lowest": ("if val_loss < lowest:\n    net.save_weights('low.weights.h5')", YES),
    "in memory": ("if is_best(score):\n    kept = net.get_weights()", YES),
    "every tenth": ("if epoch % 10 == 0:\n    net.save('epoch.keras')", NO),
    "every one": ("net.save_weights(f'{epoch}.weights.h5')", NO),
    "on a condition": ("if wanted:\n    net.save('a.keras')", UNKNOWN),
    "a number alone": ("if val_loss < best:\n    best = val_loss", NO),
    "by somebody": ("keep(net)", UNKNOWN),
    "nothing": ("np.save('losses.npy', losses)", NO),
}


@pytest.mark.parametrize(("after", "answer"), KEPT.values(), ids=KEPT)
def test_best_weights(after: str, answer: Answer) -> None:
    assert answers(a_loop(after))["best model kept"] is answer


RATES = {
    "a schedule": (
        "optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, 900))\n",
        "",
        YES,
    ),
    "by hand": ("", "optimizer.learning_rate = optimizer.learning_rate * 0.9", YES),
    "assigned": ("", "optimizer.learning_rate.assign(1e-4)", YES),
    "a word": ("", "adjust(lr)", UNKNOWN),
    "none": ("", "", NO),
    "another optimizer": ("from mine import optimizer\n", "", UNKNOWN),
}


@pytest.mark.parametrize(("before", "after", "answer"), RATES.values(), ids=RATES)
def test_learning_rate(before: str, after: str, answer: Answer) -> None:
    assert answers(before + a_loop(after))["learning-rate reduction"] is answer


def test_dropout_acts_where_the_model_is_called_for_training() -> None:
    drops = "net = build(layers.Dropout(0.5))\n"
    assert answers(drops + a_loop())["dropout"] is YES
    assert answers(drops + a_loop(step="net.train_on_batch(x, y)\n"))["dropout"] is YES
    asleep = a_loop(step=TAPE.replace(", training=True", ""))
    assert answers(drops + asleep)["dropout"] is NO
    told = a_loop(step=TAPE.replace("training=True", "training=flag"))
    assert answers(drops + told)["dropout"] is UNKNOWN
    assert answers(a_loop())["dropout"] is NO
    assert answers("net = make()\n" + asleep)["dropout"] is UNKNOWN


def test_penalties_count_where_the_loss_has_them() -> None:
    penalised = "net = build(layers.Dense(4, kernel_regularizer='l2'))\n"
    added = a_loop(step=TAPE.replace("True))", "True)) + sum(net.losses)"))
    assert answers(penalised + added)["weight penalty"] is YES
    assert answers(penalised + a_loop())["weight penalty"] is NO
    assert answers(a_loop())["weight penalty"] is NO
    by_hand = a_loop(step=TAPE.replace("True))", "True)) + tf.nn.l2_loss(kernel)"))
    assert answers(by_hand)["weight penalty"] is UNKNOWN
    decayed = "optimizer = keras.optimizers.AdamW(1e-3)\n" + a_loop()
    assert answers(decayed)["weight penalty"] is YES


def test_class_weights() -> None:
    assert answers(a_loop())["class imbalance"] is NO
    numbers = "loss_of = keras.losses.MeanSquaredError()\n"
    assert answers(numbers + a_loop())["class imbalance"] is Answer.NOT_APPLICABLE
    scored = numbers + a_loop("print(accuracy(net))")
    assert answers(scored)["class imbalance"] is UNKNOWN
    weighed = a_loop(step=TAPE.replace("training=True))", "training=True), sample_weight=w[y])"))
    assert answers(weighed)["class imbalance"] is YES
    batches = "net.compile('adam', 'binary_crossentropy')\n" + a_loop(
        step="net.train_on_batch(x, y, class_weight={0: 1, 1: 9})\n"
    )
    assert answers(batches)["class imbalance"] is YES


def test_augmentation() -> None:
    flips = "net = build(layers.RandomFlip())\n"
    assert answers(flips + a_loop())["data augmentation"] is YES
    assert answers(a_loop(step="x = augment(x)\n" + TAPE))["data augmentation"] is UNKNOWN
    assert answers(a_loop())["data augmentation"] is NO
