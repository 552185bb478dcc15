"""Texts that no one writes on purpose: each is linted, or is one finding or one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from overfitcheck.cli.main import main

TRAINING = b"""import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50)
"""

MANY = 10_000
TOO_DEEP = "OVF000 not Python: nested too deeply to be read"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield


def lint(*words: str) -> Result:
    return CliRunner().invoke(
        main, ["lint", "--isolated", "--no-cache", "--output-format", "concise", *words]
    )


def many(before: bytes, repeated: bytes, after: bytes) -> bytes:
    return TRAINING + before + repeated * MANY + after


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (TRAINING.replace(b"\n", b"\r\n"), 4),
        (TRAINING.replace(b"\n", b"\r"), 4),
        (b"\xef\xbb\xbf" + TRAINING, 4),
        (b"\x0c" + TRAINING.replace(b"\nmodel.fit", b"\n\x0cmodel.fit"), 4),
        (b"# -*- coding: latin-1 -*-\n" + TRAINING + b"x = '\xe9'\n", 5),
        (b"if a:\n\tb = 1\n\tc = 2\nif d:\n    e = 3\n" + TRAINING, 9),
        (TRAINING.rstrip(b"\n"), 4),
        (TRAINING + b"x = '" + b"a" * 5_000_000 + b"'\n", 4),
        (TRAINING + b"# filler filler\n" * (5_000_000 // 16), 4),
        (TRAINING + b"x = [" + b"1, " * MANY + b"]\n", 4),
        (TRAINING + b"x = 0" + b" < 1" * 900 + b"\n", 4),
        (TRAINING + b"x = 1" + b" + 1" * 100 + b"\n", 4),
        (TRAINING + b"if a: pass\n" + b"elif a: pass\n" * 100, 4),
    ],
    ids="crlf cr bom form-feed latin-1 tabs no-end line 5MB list compared sum elif".split(),
)
def test_what_is_unusual_is_linted_as_anything_else(text: bytes, line: int) -> None:
    Path("t.py").write_bytes(text)
    result = lint("t.py")
    assert result.exit_code == 1
    assert [each for each in result.stdout.splitlines() if "OVF101" in each] == [
        each for each in result.stdout.splitlines() if each.startswith(f"t.py:{line}:")
    ]
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (many(b"x = ", b"(", b"1" + b")" * MANY), TOO_DEEP),
        (many(b"x = ", b"[", b"\n"), TOO_DEEP),
        (many(b"x = ", b"-", b"1\n"), TOO_DEEP),
        (many(b"x = ", b"not ", b"1\n"), TOO_DEEP),
        (many(b"x = a", b".b", b"\n"), TOO_DEEP),
        (many(b"x = a", b"[0]", b"\n"), TOO_DEEP),
        (many(b"x = a", b"()", b"\n"), TOO_DEEP),
        (many(b"x = 1", b" + 1", b"\n"), TOO_DEEP),
        (many(b"x = (1\n", b"+ 1\n", b")\n"), TOO_DEEP),
        (many(b"x = (\n", b"1 +  # and more\n", b"1)\n"), TOO_DEEP),
        (many(b"x = (\n", b"a and  # and more\n", b"1)\n"), TOO_DEEP),
        (many(b"x = (1 if a\n", b"else 1 if a\n", b"else 1)\n"), TOO_DEEP),
        (many(b"x = (1\n", b"if a else 1\n", b")\n"), TOO_DEEP),
        (many(b"x = 1", b" and 1", b"\n"), TOO_DEEP),
        (many(b"x = ", b"lambda: ", b"1\n"), TOO_DEEP),
        (many(b"x = ", b"1 if a else ", b"1\n"), TOO_DEEP),
        (many(b"if a: pass\n", b"elif a: pass\n", b""), TOO_DEEP),
        (b"import keras\nmodel = keras.Sequential(]\n", "t.py:2:26: OVF000"),
        (b"import keras\nif a:\n\tb = 1\n        c = 2\n", "inconsistent use of tabs"),
        (
            b"import keras\n" + b"".join(b" " * n + b"if a:\n" for n in range(300)),
            "too many levels",
        ),
    ],
)
def test_what_is_not_python_or_too_deep_is_one_finding(text: bytes, said: str) -> None:
    Path("t.py").write_bytes(text)
    result = lint("t.py")
    assert result.exit_code == 1
    assert said in result.stdout
    assert result.stdout.count("\n") == 1
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TRAINING + b"\0\n", "is a binary file"),
        (TRAINING.decode().encode("utf-16"), "is a binary file"),
        (b"# -*- coding: utf-8 -*-\n" + TRAINING + b"x = '\xe9'\n", "is not text in its encoding"),
        (b"# -*- coding: klingon -*-\n" + TRAINING, "is not text in its encoding"),
    ],
)
def test_what_is_no_text_is_one_line(text: bytes, said: str) -> None:
    Path("t.py").write_bytes(text)
    result = lint("t.py")
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_imports_and_links_in_circles_end() -> None:
    Path("a.py").write_text("from b import *\nimport b\n" + TRAINING.decode())
    Path("b.py").write_text("from a import *\nimport keras\nfrom a import model\nmodel.fit(x)\n")
    Path("loop").symlink_to(".", target_is_directory=True)
    Path("self.py").symlink_to("self.py")
    result = lint(".")
    assert "a.py:6:1: OVF101" in result.stdout
    assert "loop" not in result.stdout
