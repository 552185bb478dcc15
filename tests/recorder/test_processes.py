"""Scripts that do strange things, and processes that scripts start, with a Keras of no weight."""

from __future__ import annotations

import json
import os
import sys

import pytest

from .conftest import TINY_KERAS

PYTHON = sys.executable

TRAIN = """
import keras
print(keras.Model().fit(epochs=3))
"""

SPAWNS = """
import multiprocessing, sys
import keras

def train(epochs):
    keras.Model().fit(epochs=epochs)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    children = [context.Process(target=train, args=(epochs,)) for epochs in (2, 4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    train(1)
    print([child.exitcode for child in children])
"""

STARTS_ANOTHER = """
import subprocess, sys
if len(sys.argv) == 1:
    subprocess.run([sys.executable, __file__, "child"], check=True)
else:
    import keras
    keras.Model().fit(epochs=2)
"""

SEES_ITSELF = """
import sys
print(sys.path, sorted(name for name in sys.modules if "sitecustom" in name), OWN)
"""


@pytest.fixture
def tiny(run_both):
    """`tiny(source, *arguments, **variables)`: both ways, with the small Keras."""

    def run(source, *arguments, name="train.py", module="", **variables):
        paths = [*variables.pop("paths", ()), str(TINY_KERAS)]
        variables["PYTHONPATH"] = os.pathsep.join(paths)
        return run_both(PYTHON, source, *arguments, name=name, module=module, **variables)

    return run


def same(pair):
    """What ended as it would have without the recorder, and without a word from it."""
    assert pair.recorded.stdout == pair.plain.stdout
    assert pair.recorded.stderr == pair.plain.stderr
    assert pair.recorded.returncode == pair.plain.returncode
    assert not [fact for fact in pair.recorded.facts if "note" in fact]
    return pair.recorded


def epochs_of(ended):
    """How many epochs each fit has, by its number."""
    counts = {event["fit"]: 0 for event in ended.events if event["event"] == "fit"}
    for event in ended.events:
        counts[event["fit"]] += event["event"] == "epoch"
    return counts


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_the_script_record_too(tiny, method):
    ended = same(tiny(SPAWNS, method))
    assert sorted(epochs_of(ended).values()) == [1, 2, 4]
    calls = [each for each in ended.observations if each["observation"] == "call"]
    assert len({each["process"] for each in calls}) == 3


def test_a_script_that_a_script_starts_records_too(tiny):
    assert list(epochs_of(same(tiny(STARTS_ANOTHER))).values()) == [2]


def test_a_process_of_the_script_sees_its_own_paths_and_its_own_sitecustomize(tiny, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("print('the own one')\n")
    own = "[name for name in sys.path if 'overfitcheck' in name and 'recorder' in name]"
    source = STARTS_ANOTHER.replace("import keras", SEES_ITSELF.strip().replace("OWN", own))
    source = source.replace("\nprint(sys.path", "\n    print(sys.path")
    ended = same(
        tiny(source.replace("    keras.Model().fit(epochs=2)\n", ""), paths=[str(tmp_path)])
    )
    assert ended.stdout.count(b"the own one") == 2
    assert b"sitecustomize'] []" in ended.stdout


def test_a_module_runs_as_with_python_m(tiny):
    source = TRAIN + "import sys\nprint(__name__, __package__, __spec__.name, sys.argv, sys.path)\n"
    ended = same(tiny(source, "--a", name="package/train.py", module="package.train"))
    assert ended.stdout.endswith(b"\n")
    assert epochs_of(ended) == {1: 3}


@pytest.mark.parametrize(
    ("source", "module"),
    [("raise ValueError('no')\n", "package.train"), ("", "package.missing"), ("", "package")],
)
def test_a_module_that_fails_fails_as_with_python_m(tiny, source, module):
    assert same(tiny(source, name="package/train.py", module=module)).returncode == 1


CHIEF = {"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, "task": {"type": "chief", "index": 0}}
WORKER = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}


@pytest.mark.parametrize(
    ("variables", "records"),
    [
        ({"TF_CONFIG": json.dumps(CHIEF)}, True),
        ({"TF_CONFIG": json.dumps({**CHIEF, "task": {"type": "worker", "index": 0}})}, False),
        ({"TF_CONFIG": json.dumps(WORKER)}, True),
        ({"TF_CONFIG": json.dumps({**WORKER, "task": {"type": "worker", "index": 1}})}, False),
        ({"TF_CONFIG": "{nonsense"}, True),
        ({"RANK": "0"}, True),
        ({"RANK": "3"}, False),
    ],
)
def test_only_the_chief_of_a_distributed_training_records(tiny, variables, records):
    assert bool(same(tiny(TRAIN, **variables)).events) is records


STRANGE = {
    "replaces sys.stdout": """
import io, sys
import keras
sys.stdout = io.StringIO()
keras.Model().fit(epochs=3)
sys.__stdout__.write(f"{len(sys.stdout.getvalue())} characters\\n")
""",
    "trains in a thread": """
import threading
import keras
thread = threading.Thread(target=lambda: print(keras.Model().fit(epochs=3)))
thread.start()
thread.join()
""",
    "redefines Model.fit": """
import keras
original = keras.Model.fit
def fit(self, *args, **kwargs):
    print("own fit")
    return original(self, *args, **kwargs)
keras.Model.fit = fit
keras.Model().fit(epochs=3)
""",
    "changes its folder": """
import os, tempfile
os.chdir(tempfile.gettempdir())
import keras
keras.Model().fit(epochs=3)
""",
    "leaves at once": """
import os
import keras
keras.Model().fit(epochs=3)
os._exit(7)
""",
    "closes its outputs": """
import os
import keras
os.close(1)
keras.Model().fit(epochs=3)
os.close(2)
os._exit(0)
""",
    "has a callback that interrupts": """
import keras
class Interrupts(keras.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt
try:
    keras.Model().fit(epochs=9, callbacks=[Interrupts()])
except KeyboardInterrupt:
    print("interrupted")
""",
}


@pytest.mark.parametrize("source", STRANGE.values(), ids=STRANGE)
def test_strange_scripts_are_recorded_and_do_not_notice(tiny, source):
    assert epochs_of(same(tiny(source)))[1] == 3


def test_a_model_that_replaces_fit_altogether_is_its_own(tiny):
    source = """
import keras
keras.Model.fit = lambda self, epochs: print("nothing of Keras")
keras.Model().fit(epochs=3)
"""
    assert same(tiny(source)).events == []


DELETES = """
import os, shutil, keras
class Deletes(keras.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 4 and "OVERFITCHECK_RUN" in os.environ:
            shutil.rmtree(os.environ["OVERFITCHECK_RUN"])
print(keras.Model().fit(epochs=8, callbacks=[Deletes()]))
"""


def test_a_run_folder_that_is_deleted_is_made_again_with_all_that_was_known(tiny):
    pair = tiny(DELETES)
    assert pair.recorded.stdout == pair.plain.stdout
    assert epochs_of(pair.recorded) == {1: 8}
    assert "deleted meanwhile" in str(pair.recorded.facts)


FULL = """
import resource, signal, keras
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
class Fills(keras.Callback):
    def on_epoch_end(self, epoch, logs=None):
        soft = {3: 900, 6: resource.RLIM_INFINITY}.get(epoch)
        if soft is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))
keras.Model().fit(epochs=LAST, callbacks=[Fills()])
print("trained")
"""


@pytest.mark.parametrize(("last", "kept"), [(9, 9), (6, 4)])
def test_on_a_full_disk_training_goes_on_and_epochs_are_written_when_there_is_room(
    tiny, last, kept
):
    pair = tiny(FULL.replace("LAST", str(last)))
    assert pair.recorded.stdout == pair.plain.stdout == b"trained\n"
    whole = []
    for line in (pair.recorded.run_folder / "epochs.jsonl").read_text().splitlines():
        try:
            whole.append(json.loads(line))
        except ValueError:
            continue
    epochs = [event["epoch"] for event in whole if event["event"] == "epoch"]
    assert epochs == list(range(1, len(epochs) + 1))
    assert len(epochs) >= kept


GENERATES = """
import numpy, random
import keras
def batches():
    while True:
        rows = random.Random(1)
        for _ in range(4):
            yield numpy.zeros((10, 2)), numpy.array([rows.random() < 0.3 for _ in range(10)])
given = batches()
keras.Model().fit(given, epochs=2, steps_per_epoch=4)
print(random.random() >= 0, next(given)[1].tolist())
"""


def test_labels_of_a_generator_are_seen_without_drawing_a_batch(tiny):
    ended = same(tiny(GENERATES))
    [seen] = [each for each in ended.observations if each["observation"] == "training"]
    assert (seen["samples"], seen["kind"]) == (40, "generator")
    assert sum(seen["classes"].values()) == 40
    assert set(seen["classes"]) == {"True", "False"}


NUMBERS = """
import numpy
import keras
rows, targets = numpy.zeros((100, 2)), numpy.arange(100.0) + 0.5
held_out = (rows[80:], targets[80:])
keras.Model().fit(rows[:80], targets[:80], validation_data=held_out)
"""


def test_numbers_are_seen_by_their_spread(tiny):
    ended = same(tiny(NUMBERS))
    spreads = {each["observation"]: each.get("spread") for each in ended.observations}
    assert spreads["training"] == pytest.approx([4.45, 40.0, 75.55])
    assert spreads["validation"] == pytest.approx([81.45, 90.0, 98.55])


def test_what_is_switched_off_is_not_observed(tiny):
    ended = same(tiny(GENERATES, OVERFITCHECK_OFF="data,call"))
    kinds = {each["observation"] for each in ended.observations}
    assert "arguments" in kinds
    assert not {"call", "training"} & kinds
    assert same(tiny(GENERATES, OVERFITCHECK_OFF="all")).observations == []
    uncounted = same(tiny(GENERATES, OVERFITCHECK_OFF="labels")).observations
    [seen] = [each for each in uncounted if each["observation"] == "training"]
    assert (seen["classes"], seen["looked_at"]) == ({}, "nothing")


LOOPS = """
import time
import overfitcheck
for name in ("first", "second"):
    for number in range(3):
        overfitcheck.epoch(
            train={"loss": 1 / (number + 1), "note": "text"},
            validation={"loss": 0.5},
            learning_rate=0.01,
            fit=name,
        )
print("done")
"""


def test_a_loop_without_fit_can_tell_its_epochs(tiny):
    ended = same(tiny(LOOPS))
    assert epochs_of(ended) == {1: 3, 2: 3}
    assert [fit["model"] for fit in ended.events if fit["event"] == "fit"] == ["first", "second"]
    last = ended.fit(2, "epoch")[-1]
    assert (last["epoch"], last["learning_rate"]) == (3, 0.01)
    assert last["logs"] == {"loss": 1 / 3, "val_loss": 0.5}
    assert [each["epochs"] for each in ended.fit(1, "fit_end")] == [3]
    calls = [each["place"][0] for each in ended.observations if each["observation"] == "call"]
    assert [(call["line"], call["function"]) for call in calls] == [(6, "<module>")] * 2


SEARCHES = """
import keras
from tuner import search
search(lambda: keras.Model())
"""

TUNER = """
def search(make):
    for _ in range(2):
        make().fit(epochs=2)
"""


def test_a_fit_that_a_library_calls_is_told_from_the_users(tiny, tmp_path):
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "tuner.py").write_text(TUNER)
    ended = same(tiny(SEARCHES, paths=[str(installed)]))
    calls = [each for each in ended.observations if each["observation"] == "call"]
    assert [call["through"] for call in calls] == ["tuner", "tuner"]
    assert [call["model"] for call in calls] == [1, 2]
    assert [call["place"][0]["line"] for call in calls] == [4, 4]


FAILS = """
import logging, sys, threading, traceback
import keras

class Fails(keras.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise ValueError("no more")

def train():
    keras.Model().fit(epochs=3, callbacks=[Fails()])

try:
    train()
except ValueError as error:
    traceback.print_exc()
    logging.exception("failed")
    sys.stderr.write("".join(traceback.format_exception(type(error), error, error.__traceback__)))
thread = threading.Thread(target=train, name="training")
thread.start()
thread.join()
"""


def test_no_traceback_that_a_script_shows_has_a_frame_of_the_recorder(tiny):
    assert same(tiny(FAILS)).stderr.count(b"ValueError: no more") == 4


def test_a_process_that_fails_shows_its_own_traceback(tiny):
    source = SPAWNS.replace(
        "def train(epochs):\n", "def train(epochs):\n    failing = epochs > 2\n"
    )
    source = source.replace("fit(epochs=epochs)", "fit(epochs='x' if failing else epochs)")
    assert b"TypeError" in same(tiny(source, "spawn")).stderr
