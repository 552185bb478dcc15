"""Make signatures.json from installed versions of Keras, one a major version.

``python -m overfitcheck.script.generate_signatures --python PATH --python PATH``: each PATH is an
interpreter with a Keras of its own; each is asked in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import click

from overfitcheck.script.signatures import DATA

DESCRIBE = Path(__file__).with_name("describe_keras.py")


def describe(python: str) -> dict[str, Any]:
    """What `describe_keras` prints in another interpreter.

    Raises:
        subprocess.CalledProcessError: that interpreter has no Keras that can be imported.
    """
    # -I keeps this folder, whose modules could hide others, off the path of that interpreter.
    done = subprocess.run(
        [python, "-I", str(DESCRIBE)], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    described: dict[str, Any] = json.loads(done.stdout)
    return described


def merge(descriptions: list[dict[str, Any]]) -> dict[str, Any]:
    """One table of all versions; versions with equal entries share one key, such as ``"2,3"``."""
    by_version = {text["version"].split(".")[0]: text for text in descriptions}
    paths = sorted({path for text in descriptions for path in text["callables"]})
    return {
        "versions": {major: by_version[major]["version"] for major in sorted(by_version)},
        "callables": {
            path: _shared(
                {
                    major: by_version[major]["callables"][path]
                    for major in sorted(by_version)
                    if path in by_version[major]["callables"]
                }
            )
            for path in paths
        },
    }


def _shared(entries: dict[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for major, entry in entries.items():
        same = next((key for key, other in merged.items() if other == entry), None)
        if same is None:
            merged[major] = entry
        else:
            merged[f"{same},{major}"] = merged.pop(same)
    return merged


def text_of(table: dict[str, Any]) -> str:
    """The table as JSON with one callable a line, so that changes read well in review."""
    lines = ",\n".join(
        f"{json.dumps(path)}:{json.dumps(entries, separators=(',', ':'))}"
        for path, entries in sorted(table["callables"].items())
    )
    return f'{{"versions":{json.dumps(table["versions"])},\n"callables":{{\n{lines}\n}}}}\n'


@click.command()
@click.option("--python", "pythons", multiple=True, required=True, help="An interpreter.")
def main(pythons: tuple[str, ...]) -> None:
    """Renew signatures.json."""
    table = merge([describe(python) for python in pythons])
    DATA.write_text(text_of(table), encoding="utf-8")
    click.echo(f"{DATA.name}: {len(table['callables'])} callables of {table['versions']}")


if __name__ == "__main__":
    main()
