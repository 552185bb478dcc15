"""A device is chosen before anything is started."""

from __future__ import annotations

import pytest

from overfitcheck.errors import UserError
from overfitcheck.runner import device
from overfitcheck.runner.device import choose_device, find_gpus

TWO = ["NVIDIA A100", "NVIDIA T4"]


@pytest.mark.parametrize(
    ("requested", "gpus", "environment", "kind", "name", "changes"),
    [
        ("auto", [], {}, "cpu", None, {}),
        ("auto", ["NVIDIA T4"], {}, "gpu", "NVIDIA T4", {}),
        ("auto", TWO, {}, "gpu", None, {}),
        ("auto", TWO, {"CUDA_VISIBLE_DEVICES": "-1"}, "cpu", None, {}),
        ("cpu", TWO, {}, "cpu", None, {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}),
        ("gpu", TWO, {}, "gpu", "NVIDIA A100", {}),
        ("gpu", TWO, {"CUDA_VISIBLE_DEVICES": ""}, "gpu", None, {"CUDA_VISIBLE_DEVICES": None}),
        (
            *("gpu:1", TWO, {}, "gpu", "NVIDIA T4"),
            {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": "1"},
        ),
    ],
)
def test_choice(requested, gpus, environment, kind, name, changes):
    chosen = choose_device(requested, gpus, environment)
    assert (chosen.kind, chosen.environment) == (kind, changes)
    assert name is None or chosen.name == name


@pytest.mark.parametrize(
    ("requested", "gpus", "says"),
    [
        ("gpu", [], "no NVIDIA GPU"),
        ("gpu:0", [], "no NVIDIA GPU"),
        ("gpu:2", TWO, "only 2 GPU"),
        ("tpu", TWO, "choose auto, cpu, gpu or gpu:N"),
        ("gpu:", TWO, "choose auto"),
        ("gpu:-1", TWO, "choose auto"),
    ],
)
def test_refusal_is_one_line_with_a_way_out(requested, gpus, says):
    with pytest.raises(UserError, match=says) as refused:
        choose_device(requested, gpus, {})
    assert requested in str(refused.value)
    assert "\n" not in str(refused.value)


def test_gpus_are_those_that_nvidia_smi_lists(tmp_path, monkeypatch):
    listing = "GPU 0: NVIDIA A100 (UUID: GPU-1)\n  MIG 1g (UUID: MIG-2)\nGPU 1: Tesla T4 (UUID: x)"
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{listing}\nEND\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert find_gpus() == ["NVIDIA A100", "Tesla T4"]


def test_without_nvidia_smi_the_driver_is_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = tmp_path / "gpus"
    monkeypatch.setattr(device, "DRIVER_FOLDER", folder)
    assert find_gpus() == []
    (folder / "0000:01:00.0").mkdir(parents=True)
    (folder / "0000:01:00.0" / "information").write_text("Model: \t NVIDIA H100\nIRQ: 7\n")
    assert find_gpus() == ["NVIDIA H100"]
