"""Models of the small Keras."""
