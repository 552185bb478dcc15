"""Training loops that a script writes itself, and their checklists."""

import json
from pathlib import Path
from textwrap import dedent, indent

import pytest

from overfitcheck.finding import Answer
from overfitcheck.linter import lint_source
from overfitcheck.project.records import FileReport, from_record, to_record
from overfitcheck.rule import load_rules
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.script import read_script
from overfitcheck.script.source import Source
from overfitcheck.script.values import Call

HEAD = """
import keras
import tensorflow as tf
from keras import layers
def build(*more):
    return keras.Sequential([layers.Dense(8), *more, layers.Dense(3)])
net = build()
optimizer = keras.optimizers.Adam(1e-3)
loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
rows = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(999).batch(32)
others = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(32)
"""

TAPE = """\
with tf.GradientTape() as tape:
    loss = loss_of(y, net(x, training=True))
gradients = tape.gradient(loss, net.trainable_variables)
optimizer.apply_gradients(zip(gradients, net.trainable_variables))
"""

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


def a_loop(after: str = "", step: str = TAPE, head: str = "for epoch in range(50):") -> str:
    return (
        f"{head}\n    for x, y in rows:\n{indent(dedent(step), ' ' * 8)}"
        f"{indent(dedent(after), ' ' * 4)}\n"
    )


def loops_in(body: str) -> tuple[CustomLoop, ...]:
    return read_script(HEAD + dedent(body), "train.py").custom_loops


def answers(body: str) -> dict[str, Answer]:
    (loop,) = loops_in(body)
    return dict(loop.script.checklist(loop))


STEP = f"""
def step(x, y):
{indent(TAPE, " " * 4)}
"""

WRITTEN = {
    "in one place": a_loop(),
    "with a step": STEP + a_loop(step="step(x, y)\n"),
    "with a decorated step": STEP.replace("\ndef", "\n@tf.function\ndef")
    + a_loop(step="step(x, y)"),
    "with a compiled step": STEP + "fast = tf.function(step)\n" + a_loop(step="fast(x, y)\n"),
    "counted": a_loop(head="for number in range(1, 51):"),
    "with a bar": "from tqdm import tqdm\n" + a_loop(head="for epoch in tqdm(range(50)):"),
    "by batches": a_loop(step="net.train_on_batch(x, y)\n"),
    "with numbered batches": a_loop(step="net.train_on_batch(x, y)").replace(
        "for x, y in rows", "for number, (x, y) in enumerate(rows)"
    ),
    "in a function": f"def train(net, rows, epochs):\n{indent(a_loop(), '    ')}".replace(
        "range(50)", "range(epochs)"
    )
    + "train(net, rows, epochs=50)\n",
    "in a class": f"""
class Trainer:
    def __init__(self, model, epochs=50):
        self.net = model
        self.epochs = epochs
    def step(self, x, y):
{indent(TAPE.replace("net", "self.net"), " " * 8)}
    def train(self):
        for epoch in range(self.epochs):
            for x, y in rows:
                self.step(x, y)
Trainer(net).train()
""",
    "of batches that are dicts": a_loop(
        step="x, y = batch['image'] / 255, batch['label'].numpy()\n" + TAPE
    ).replace("x, y in rows", "batch in rows"),
    "on several devices": STEP
    + """
strategy = tf.distribute.MirroredStrategy()
@tf.function
def on_each(batch):
    return strategy.run(step, args=batch)
for epoch in range(50):
    for batch in strategy.experimental_distribute_dataset(rows):
        on_each(batch)
""",
    "of a model from elsewhere": "from mine import make\nnet = make()\n" + a_loop(),
    "of a model that is imported": "from mine import far\n"
    + a_loop(step=TAPE.replace("net", "far")),
    "of a model that is imported under another name": "from mine import a as far\n"
    + a_loop(step="far.train_on_batch(x, y)\n"),
    "with slices": """
for epoch in range(50):
    for start in range(0, 6000, 32):
        net.train_on_batch(x_train[start:start + 32], y_train[start:start + 32])
""",
}


@pytest.mark.parametrize("body", WRITTEN.values(), ids=WRITTEN)
def test_a_loop_is_a_fit(body: str) -> None:
    (loop,) = loops_in(body)
    assert loop.epochs == (50, 50)
    assert not loop.is_exempt
    assert loop.has_validation is False


@pytest.mark.parametrize("epochs", [4, 12])
def test_a_short_loop_around_a_function_is_one_loop(epochs: int) -> None:
    body = STEP + a_loop(step="step(x, y)\n", head=f"for epoch in range({epochs}):")
    (loop,) = loops_in(body)
    assert loop.epochs == (epochs, epochs)


NONE = {
    "GAN": """
judge, maker = build(), build()
for epoch in range(50):
    for images, truth in rows:
        judge.train_on_batch(images, truth)
        maker.train_on_batch(noise, truth)
""",
    "one number as target": a_loop(step="net.train_on_batch(x, tf.ones((32, 1)))\n"),
    "agent": """
for episode in range(500):
    state, done = env.reset(), False
    while not done:
        target = reward + 0.9 * net.predict(following).max()
        net.train_on_batch(state, target)
""",
    "agent without its words": """
for number in range(500):
    for turn in range(200):
        goal = net.predict(place)
        goal[0][move] = won + 0.95 * np.max(net.predict(following)[0])
        net.train_on_batch(place, goal)
""",
    "distillation": "teacher = build()\n" + a_loop(step=TAPE.replace("(y,", "(teacher(x),")),
    "autoencoder": a_loop(step=TAPE.replace("(y,", "(x,")),
    "style transfer": """
picture = tf.Variable(first)
for number in range(1000):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(net(picture))
    optimizer.apply_gradients([(tape.gradient(loss, picture), picture)])
""",
    "two models": "both = build()\n"
    + a_loop(step=TAPE + TAPE.replace("net", "both").replace("x", "x + 1")),
    "a fit inside": a_loop(after="net.fit(x_train, y_train)\n"),
}


@pytest.mark.parametrize("body", NONE.values(), ids=NONE)
def test_what_is_no_plain_training_loop(body: str) -> None:
    assert loops_in(body) == ()


VALIDATED = {
    "evaluate": ("print(net.evaluate(x_val, y_val))", YES),
    "test_on_batch": ("for x, y in others:\n    net.test_on_batch(x, y)", YES),
    "a call": ("for x, y in others:\n    total += loss_of(y, net(x, training=False))", YES),
    "rows of the same array": ("print(net.predict(x_train[:100]))", NO),
    "rows it trains on": ("print(net.predict(x_train))", NO),
    "changed rows it trains on": ("show(net(blur(x), training=False))", NO),
    "changed rows of others": ("for x, y in others:\n    seen += judge(y, net(blur(x)))", YES),
    "compared": ("hits = np.mean(net.predict(x_val).argmax(1) == y_val)\nprint(hits)", YES),
    "only shown": ("draw(epoch, net.predict(x_val))", UNKNOWN),
    "a score of rows it trains on": ("print(net.evaluate(x_train, y_train))", UNKNOWN),
    "its last batch": ("accuracy.update_state(y, net(x, training=False))", NO),
    "nothing": ("print(epoch, loss)", NO),
    "a function of others": ("print(score(net, x_val))", UNKNOWN),
    "a name that says so": ("run_validation(epoch)", UNKNOWN),
    "callbacks": ("callbacks.on_epoch_end(epoch)", UNKNOWN),
}


@pytest.mark.parametrize(("after", "answer"), VALIDATED.values(), ids=VALIDATED)
def test_validation(after: str, answer: Answer) -> None:
    assert answers(a_loop(after))["validation data"] is answer


@pytest.mark.parametrize(("held_out", "answer"), [("test", YES), ("train", NO)])
def test_validation_on_the_rows_of_a_fold(held_out: str, answer: Answer) -> None:
    body = f"""
from sklearn.model_selection import KFold
for train, test in KFold(5).split(x):
    net = build()
    for epoch in range(50):
        for start in range(0, len(train), 32):
            net.train_on_batch(x[train][start:start + 32], y[train][start:start + 32])
        print(score(y[{held_out}], net.predict(x[{held_out}])))
"""
    assert answers(body)["validation data"] is answer


def test_an_epoch_whose_loop_stands_elsewhere_tells_little() -> None:
    one = f"def one_epoch(net, rows):\n    for x, y in rows:\n{indent(TAPE, ' ' * 8)}"
    found = answers(one)
    lacking = ("validation data", "early stopping", "learning-rate reduction", "best model kept")
    assert [found[name] for name in lacking] == [UNKNOWN] * 4
    called = answers(one + "one_epoch(net, rows)\n")
    assert [called[name] for name in lacking] == [NO] * 4


def test_what_is_said_of_a_loop_holds_for_each_model_that_it_may_train() -> None:
    either = "net = build() if small else build(layers.Dense(9))\n"
    (loops,) = read_script(HEAD + either + a_loop(), "train.py").alternative_loops
    assert len(loops) == 2
    assert codes(either + a_loop()) == ["OVF101"]
    saved = "if epoch % 9 == 0:\n    {}.save('a.keras')\n"
    either = "one = build()\nnet = build() if small else one\n"
    assert "OVF801" in codes(either + a_loop(SCORED + saved.format("one")))


def test_the_checklist_tells_what_holds_for_each_model() -> None:
    either = "net = build(layers.Dropout(0.5)) if small else build()\n"
    result = lint_source(Source("train.py", HEAD + either + a_loop()), [])
    (checklist,) = result.checklists
    assert checklist.techniques["dropout"] is UNKNOWN
    assert checklist.techniques["validation data"] is NO


def test_a_step_in_another_module_of_the_project(tmp_path: Path) -> None:
    step = (
        f"import tensorflow as tf\ndef step(net, optimizer, loss_of, x, y):\n{indent(TAPE, '    ')}"
    )
    (tmp_path / "steps.py").write_text(step)
    body = f"from steps import step\n{HEAD}{a_loop(step='step(net, optimizer, loss_of, x, y)')}"
    options = ScriptOptions(root=tmp_path)
    source = Source(str(tmp_path / "train.py"), body)
    (loop,) = read_script(body, source.path, options=options).custom_loops
    assert loop.epochs == (50, 50)
    (finding,) = lint_source(source, [load_rules()["OVF101"]], options).findings
    assert (finding.code, finding.location.line) == ("OVF101", 13)


def test_a_module_that_is_imported_is_no_model() -> None:
    (fit,) = read_script(
        "from mine import net\nnet = net.build()\nnet.compile('adam', 'mse')\n"
        "net.fit(x, y, epochs=5)\n",
        "train.py",
    ).fits
    assert isinstance(fit.model.value, Call)
    assert fit.model.value.function == "mine.net.build"


def test_an_attribute_is_called_by_its_name() -> None:
    body = WRITTEN["in a class"]
    assert loops_in(body)[0].model.name == "self.net"


def codes(body: str, path: str = "train.py") -> list[str]:
    findings = lint_source(Source(path, HEAD + body), list(load_rules().values())).findings
    return [each.code for each in findings if each.level.value != "info"]


@pytest.mark.parametrize(
    ("goes_over", "epochs"),
    [
        ("range(20)", (20, 20)),
        ("range(5, 25)", (20, 20)),
        ("range(20 if fast else 90)", (20, 90)),
        ("tf.range(20)", (20, 20)),
        ("enumerate(range(20))", (20, 20)),
        ("range(0, 100, 5)", None),
        ("range(many)", None),
        ("range()", None),
        ("somebody.range(20)", None),
        ("names", None),
    ],
)
def test_the_number_of_epochs(goes_over: str, epochs: tuple[int, int] | None) -> None:
    (loop,) = loops_in(a_loop(head=f"for epoch in {goes_over}:"))
    assert loop.epochs == epochs


def test_a_gradient_that_is_taken_again_and_again_is_no_loop() -> None:
    body = "x, y = next(batches)\nwith tf.GradientTape(persistent=True) as tape:\n"
    body += "    loss = loss_of(y, net(x, training=True))\n"
    body += (
        f"for epoch in range(50):\n{indent(TAPE.split('loss_of')[1].split(chr(10), 1)[1], '    ')}"
    )
    assert loops_in(body) == ()


SCORED = "val_loss = net.evaluate(x_val, y_val)\nprint(val_loss)\n"

SAID = {
    "not validated": (a_loop(), ["OVF101"]),
    "validated": (a_loop(SCORED), ["OVF501", "OVF801"]),
    "stopped": (a_loop(SCORED + "if val_loss > 2:\n    break\n"), []),
    "kept": (a_loop(SCORED + "if val_loss < best:\n    net.save('best.keras')\n"), ["OVF501"]),
    "short": (a_loop(head="for epoch in range(9):"), []),
    "not known": (a_loop(head="for epoch in range(epochs):"), []),
    "steps": (f"for step in range(5000):\n    x, y = next(batches)\n{indent(TAPE, '    ')}", []),
    "made up": (
        "rows = tf.data.Dataset.from_tensor_slices((tf.random.normal((9, 4)), labels))\n"
        + a_loop(),
        [],
    ),
    "on a line": (
        "x_train = tf.linspace(-3.0, 3.0, 200)\n"
        "rows = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(8)\n" + a_loop(),
        [],
    ),
    "with noise in its targets": (
        "x_train = load()\ny_train = 3 * x_train + tf.random.normal((200,))\n"
        "for epoch in range(50):\n    net.train_on_batch(x_train, y_train)\n",
        [],
    ),
    "trained by two loops": (STEP + 2 * a_loop(step="step(x, y)\n"), []),
    "fitted too": ("net.compile('adam', 'mse')\nnet.fit(a, b, epochs=2)\n" + a_loop(), []),
}


@pytest.mark.parametrize(("body", "expected"), SAID.values(), ids=SAID)
def test_what_the_rules_say_of_a_loop(body: str, expected: list[str]) -> None:
    assert codes(body) == expected


def test_nothing_is_said_of_loops_in_tests() -> None:
    assert codes(a_loop(), "tests/test_net.py") == []


def test_a_loop_is_shown_at_its_head() -> None:
    result = lint_source(Source("train.py", HEAD + a_loop()), list(load_rules().values()))
    (checklist,) = result.checklists
    place = checklist.location
    assert (place.line, place.end_line) == (12, 12)
    assert checklist.fit == "the loop that trains net"
    kept = from_record(
        json.loads(json.dumps(to_record(FileReport("a", (), (), (checklist,))))), "a"
    )
    assert kept.checklists[0].fit == checklist.fit
    assert {each.location.line for each in result.findings} == {12}


def test_a_finding_is_silenced_in_the_line_of_the_loop() -> None:
    assert codes(a_loop(head="for epoch in range(50):  # noqa: OVF101")) == []
