"""`overfitcheck run`, from the outside: real processes, real signals, a real Keras."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

RUN = [sys.executable, "-c", "from overfitcheck.cli.main import main; main()", "run"]

TRAINING = """
import sys
import numpy as np
import keras

class Fails(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2 and "fail" in sys.argv:
            raise RuntimeError("epoch three")

keras.utils.set_random_seed(1)
x = np.random.rand(64, 4).astype("float32")
y = (x.sum(axis=1) > 2).astype("float32")
model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
fails = Fails()
history = model.fit(x, y, epochs=5, verbose=0, validation_split=0.25, callbacks=[fails])
print(history.history["loss"])
"""


def run(folder: Path, *words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "agg"}
    return subprocess.run(
        [*RUN, *words], cwd=folder, env=environment, capture_output=True, check=False, **options
    )


def only_run(folder: Path) -> Path:
    [made] = (folder / "overfitcheck-runs").iterdir()
    return made


def described(folder: Path) -> dict[str, object]:
    return json.loads((only_run(folder) / "run.json").read_text("utf-8"))


def own_words(stderr: bytes) -> list[str]:
    return [line for line in stderr.decode().splitlines() if line.startswith("overfitcheck: ")]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run that ends well, with a report, its options after the name of the script."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "train.py").write_text(TRAINING)
    plain = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True)
    return folder, plain, run(folder, "train.py", "--report", "--device", "cpu", "--", "-v", "x")


def test_standard_output_is_the_scripts_alone(trained):
    _, plain, done = trained
    assert (done.returncode, done.stdout) == (0, plain.stdout)


def test_run_folder(trained):
    folder, plain, _ = trained
    run_json = described(folder)
    assert run_json["script"] == "train.py"
    assert run_json["arguments"] == ["-v", "x"]
    assert run_json["exit_code"] == 0
    device = {"requested": "cpu", "kind": "cpu", "name": None, "memory": None}
    assert run_json["device"] == device
    assert run_json["keras"]["backend"] == "tensorflow"
    assert run_json["seconds"] > 0
    assert run_json["notes"] == []
    assert plain.stdout in (only_run(folder) / "output.log").read_bytes()
    lines = (only_run(folder) / "epochs.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["fit", *["epoch"] * 5, "fit_end"]


def test_report(trained):
    folder, _, done = trained
    made = {file.name for file in only_run(folder).iterdir()}
    assert {"report.html", "report.json"} <= made
    assert any(name.endswith(".png") for name in made)
    assert any(name.endswith(".svg") for name in made)
    assert json.loads((only_run(folder) / "report.json").read_text())["fits"]
    assert "5 epochs of 1 fit recorded in overfitcheck-runs" in done.stderr.decode()
    assert "report.html" in own_words(done.stderr)[-1]


def test_a_script_that_fails_in_epoch_3_still_gets_its_report(tmp_path):
    (tmp_path / "train.py").write_text(TRAINING)
    done = run(tmp_path, "train.py", "--report", "--", "fail")
    assert done.returncode == 1
    assert b"RuntimeError: epoch three\n" in done.stderr
    assert b"/recorder/" not in done.stderr
    assert "(exit code 1): 3 epochs of 1 fit recorded" in own_words(done.stderr)[0]
    report = json.loads((only_run(tmp_path) / "report.json").read_text())
    assert [epoch["epoch"] for epoch in report["fits"][0]["epochs"]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["missing.py"], "missing.py: No such file"),
        (["folder.py"], "folder.py: Is a directory"),
        (["train.py", "--device", "gpu:99"], "found on this machine; try --device cpu"),
        (["train.py", "--device", "tpu"], "choose auto, cpu, gpu or gpu:N"),
        (["train.py", "--python", "no-such-python"], "no-such-python: no such interpreter"),
        (["train.py", "--python", "/bin/ls"], "/bin/ls: not a Python 3.8 or newer"),
        (["train.py", "--python", "./train.py"], "train.py: no such interpreter"),
        (["train.py", "--out", "train.py"], "choose another --out"),
        (["train.py", "--out", "/proc/nowhere"], "choose another --out"),
    ],
)
def test_what_cannot_be_started_is_one_line_and_exit_code_2(tmp_path, words, says):
    (tmp_path / "train.py").write_text("open('started', 'w')")
    (tmp_path / "folder.py").mkdir()
    done = run(tmp_path, *words)
    assert done.returncode == 2
    assert done.stdout == b""
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("overfitcheck: ")
    assert says in line
    assert not (tmp_path / "started").exists()


def test_a_script_without_a_fit_is_said_to_be_just_that(tmp_path):
    (tmp_path / "train.py").write_text("print('hello')")
    done = run(tmp_path, "train.py", "--report")
    assert (done.returncode, done.stdout) == (0, b"hello\n")
    [line] = done.stderr.decode().splitlines()
    assert line == "overfitcheck: train.py: no fit was recorded, so there is nothing to judge"
    [line] = run(tmp_path, "train.py").stderr.decode().splitlines()
    assert re.fullmatch(
        r"overfitcheck: train.py: no fit was recorded; overfitcheck report \S+ judges epochs that it "
        "printed, if any",
        line,
    )


PRINTED = """
for epoch in range(4):
    print(f"Epoch {epoch + 1}/4")
    print(f"10/10 - 1s - loss: {0.9 - epoch / 10:.4f} - val_loss: {0.8 + epoch / 10:.4f}")
"""


def test_a_script_without_a_fit_is_judged_by_the_epochs_it_printed(tmp_path):
    (tmp_path / "train.py").write_text(PRINTED)
    done = run(tmp_path, "train.py", "--report")
    assert done.returncode == 0
    assert "the epochs it printed are judged instead" in own_words(done.stderr)[0]
    report = json.loads((only_run(tmp_path) / "report.json").read_text())
    assert [epoch["val_loss"] for epoch in report["fits"][0]["epochs"]] == [0.8, 0.9, 1.0, 1.1]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import sys; sys.exit(3)", 3),
        ("raise SystemExit('no')", 1),
        ("import os; os.kill(os.getpid(), 9)", 137),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", 143),
        ("if x", 1),
    ],
)
def test_exit_code_is_the_scripts_as_a_shell_tells_it(tmp_path, source, code):
    (tmp_path / "train.py").write_text(source)
    done = run(tmp_path, "train.py")
    assert done.returncode == code
    assert described(tmp_path)["exit_code"] == code
    assert (b"as when memory runs out" in done.stderr) is (code == 137)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_are_handed_on(tmp_path, number, code):
    (tmp_path / "train.py").write_text("import time\nprint('up', flush=True)\ntime.sleep(60)\n")
    process = start(tmp_path, "train.py")
    assert process.stdout.readline() == b"up\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert (b"KeyboardInterrupt" in err) == (number == signal.SIGINT)
    assert described(tmp_path)["exit_code"] == code


def test_run_json_tells_of_a_run_that_goes_on(tmp_path):
    (tmp_path / "train.py").write_text("print('up', flush=True)\ninput()\n")
    process = start(tmp_path, "train.py")
    assert process.stdout.readline() == b"up\n"
    assert described(tmp_path)["ended"] is None
    process.communicate(b"\n", timeout=30)
    assert described(tmp_path)["ended"] is not None


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    # A session of its own: a developer's terminal would count as the sender of the signals.
    # SIGINT as it comes: a shell makes a test run in its background ignore it.
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*RUN, *words],
        cwd=folder,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


NOISY = """
import os, sys, time
for number in range(20):
    os.write(1, b"out %d\\r\\x1b[1m\\xff\\x00\\n" % number)
    os.write(2, b"err %d\\n" % number)
print(sys.stdout.isatty(), sys.stderr.isatty(), sys.stdin.isatty())
"""


def test_bytes_arrive_as_they_were_written(tmp_path):
    (tmp_path / "train.py").write_text(NOISY)
    plain = subprocess.run([sys.executable, "train.py"], cwd=tmp_path, capture_output=True)
    done = run(tmp_path, "train.py")
    assert done.stdout == plain.stdout
    assert done.stderr.startswith(plain.stderr)


def test_two_outputs_into_one_pipe_keep_their_order(tmp_path):
    (tmp_path / "train.py").write_text(NOISY)
    options = {"cwd": tmp_path, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    plain = subprocess.run([sys.executable, "train.py"], **options)
    done = subprocess.run([*RUN, "train.py"], **options)
    assert done.stdout.startswith(plain.stdout)
    assert (only_run(tmp_path) / "output.log").read_bytes() == plain.stdout


def test_output_is_live(tmp_path):
    (tmp_path / "train.py").write_text("print('first', flush=True)\ninput()\n")
    process = start(tmp_path, "train.py")
    assert process.stdout.readline() == b"first\n"
    assert (only_run(tmp_path) / "output.log").read_bytes() == b"first\n"
    process.communicate(b"\n", timeout=30)


def test_in_a_terminal_the_script_sees_a_terminal(tmp_path):
    (tmp_path / "train.py").write_text(NOISY + "print(os.get_terminal_size(1))\n")
    shown = in_terminal([*RUN, "train.py"], tmp_path)
    assert in_terminal([sys.executable, "train.py"], tmp_path) in shown
    assert b"True True True" in shown
    assert b"columns=61, lines=17" in shown
    assert b"out 1\r\x1b[1m\xff\x00\nerr 1\n" in (only_run(tmp_path) / "output.log").read_bytes()


CLEANING = """
import time
try:
    print("up", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)
    print("cleaned", flush=True)
    raise
"""


def test_a_key_that_interrupts_does_so_once(tmp_path):
    import pty

    (tmp_path / "train.py").write_text(CLEANING)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        uncoloured = {**os.environ, "PYTHON_COLORS": "0"}  # Since 3.13 tracebacks are coloured.
        os.execve(sys.executable, [*RUN, "train.py"], uncoloured)
    shown = os.read(terminal, 4)
    os.write(terminal, b"\x03")
    shown += read_all(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 130
    assert b"cleaned" in shown
    assert shown.count(b"KeyboardInterrupt\r\n") == 1


def in_terminal(words: Sequence[str], folder: Path) -> bytes:
    """What a command shows in a terminal of 61 columns and 17 lines."""
    import fcntl
    import struct
    import termios

    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 17, 61, 0, 0))
    process = subprocess.Popen(words, cwd=folder, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    shown = read_all(master)
    process.wait()
    return shown


def read_all(terminal: int) -> bytes:
    """Everything a terminal shows until nobody writes to it any more."""
    shown = b""
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b""
        if not data:
            os.close(terminal)
            return shown
        shown += data


def test_a_reader_that_goes_away_ends_the_script_as_it_would_without_us(tmp_path):
    (tmp_path / "train.py").write_text("while True: print('y' * 100)\n")
    command = f'"{sys.executable}" -c "from overfitcheck.cli.main import main; main()" run train.py'
    done = subprocess.run(f"{command} | head -n 1", shell=True, cwd=tmp_path, capture_output=True)
    assert done.stdout == b"y" * 100 + b"\n"
    assert b"BrokenPipeError" in done.stderr


def test_a_process_left_behind_does_not_keep_the_run_open(tmp_path):
    left = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', "
    (tmp_path / "train.py").write_text(left + "'import time; time.sleep(20)'])")
    began = time.monotonic()
    assert run(tmp_path, "train.py").returncode == 0
    assert time.monotonic() - began < 15


def test_help_names_the_whole_command_line():
    shown = subprocess.run([*RUN, "--help"], capture_output=True, text=True, check=True).stdout
    for word in ("SCRIPT", "--report", "--device", "--python", "--out", r"\[-- SCRIPT ARGS"):
        assert re.search(word, shown), word
