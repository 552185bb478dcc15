"""Callbacks of the small Keras."""
