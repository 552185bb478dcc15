"""A command whose optional dependency is missing says how to install it."""

from __future__ import annotations

import pytest

from overfitcheck.errors import UserError
from overfitcheck.extras import require


def test_what_is_installed_passes() -> None:
    require("run", "json", "click")


def test_nothing_required_passes() -> None:
    require("run")


def test_one_missing_module_is_named_with_the_way_out() -> None:
    with pytest.raises(UserError) as raised:
        require("run", "json", "no_such_module")
    assert str(raised.value) == (
        "this command needs no_such_module; install it with: pip install 'overfitcheck[run]'"
    )


def test_several_missing_modules_are_all_named() -> None:
    with pytest.raises(UserError, match="needs no_such_module and neither_this;"):
        require("run", "no_such_module", "neither_this")
