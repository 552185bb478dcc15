"""Messages in the output of a run."""

from __future__ import annotations

from overfitcheck.history.output_warnings import messages_in, read_messages

OUTPUT = """Epoch 1/2
/env/lib/keras/src/callbacks/early_stopping.py:99: UserWarning: Early stopping conditioned on metric `val_acc` which is not available. Available metrics are: accuracy,loss
  current = self.get_monitor_value(logs)
3/3 [====] - 1s\b\b\b\b
WARNING:tensorflow:Early stopping conditioned on metric `val_acc` which is not available.
WARNING:tensorflow:Early stopping conditioned on metric `val_acc` which is not available.
2024-05-06 12:00:00.123456: W tensorflow/core/framework/local.cc:404] Local rendezvous is aborting
W0000 00:00:1700000000.100000 12 gpu_device.cc:2342] Cannot dlopen some GPU libraries
/env/epoch_iterator.py:74: UserWarning: `shuffle=True` was passed, but will be ignored since the data
an ordinary line: 3: nothing
"""


def test_warnings_and_records_are_found_and_those_that_bear_come_first():
    found = messages_in(OUTPUT)
    assert [each.bears for each in found] == [True, True, False, False, False]
    assert (found[0].kind, found[0].count) == ("UserWarning", 1)
    assert (found[1].kind, found[1].count) == ("tensorflow", 2)
    assert "Local rendezvous" in found[2].text
    assert "Cannot dlopen" in found[3].text
    assert not found[4].bears


def test_a_run_without_output_has_no_messages(tmp_path):
    assert read_messages(tmp_path) == ()
    (tmp_path / "output.log").write_bytes(b"\xff\x00" + OUTPUT.encode())
    assert len(read_messages(tmp_path)) == 5
