"""A regularization linter and training-log analyzer for Keras."""

__version__ = "0.1.0"
