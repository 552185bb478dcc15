"""The insides of the small Keras."""
