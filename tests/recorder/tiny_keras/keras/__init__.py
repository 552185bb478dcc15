"""Keras as small as the recorder can take it: the same modules, names and order of hooks.

Tests that start many processes use it where the numbers of a network are no matter.
"""

from keras.src.callbacks.callback import Callback
from keras.src.models.model import Model

__version__ = "3.0.0"
__all__ = ["Callback", "Model"]
