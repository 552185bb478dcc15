"""The arguments that older versions of Keras took, and what took their place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from overfitcheck.script.signatures import Signature, signature_of
from overfitcheck.script.versions import Version

WITHOUT_KERAS_1: Version = (2, 4)
"""Until this version Keras 2 translates the names of Keras 1."""

NEW_OPTIMIZERS: Version = (2, 11)
"""Until this version the optimizers are those of ``keras.optimizers.legacy``."""

OF_KERAS_1 = {
    "nb_epoch": ("epochs",),
    "samples_per_epoch": ("steps_per_epoch",),
    "nb_val_samples": ("validation_steps",),
    "val_samples": ("steps",),
    "nb_worker": ("workers",),
    "pickle_safe": ("use_multiprocessing",),
    "max_q_size": ("max_queue_size",),
    "init": ("kernel_initializer", "embeddings_initializer", "alpha_initializer"),
    "inner_init": ("recurrent_initializer",),
    "inner_activation": ("recurrent_activation",),
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "U_regularizer": ("recurrent_regularizer",),
    "b_regularizer": ("bias_regularizer",),
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "U_constraint": ("recurrent_constraint",),
    "b_constraint": ("bias_constraint",),
    "beta_init": ("beta_initializer",),
    "gamma_init": ("gamma_initializer",),
    "forget_bias_init": ("unit_forget_bias",),
    "consume_less": ("implementation",),
    "dropout_W": ("dropout",),
    "dropout_U": ("recurrent_dropout",),
    "border_mode": ("padding",),
    "subsample": ("strides",),
    "subsample_length": ("strides",),
    "nb_row": ("kernel_size",),
    "nb_col": ("kernel_size",),
    "kernel_dim1": ("kernel_size",),
    "kernel_dim2": ("kernel_size",),
    "kernel_dim3": ("kernel_size",),
    "filter_length": ("kernel_size",),
    "pool_length": ("pool_size",),
    "output_dim": ("units",),
    "nb_filter": ("filters",),
    "dim_ordering": ("data_format",),
    "bias": ("use_bias",),
    "p": ("rate",),
    "input": ("inputs",),
    "output": ("outputs",),
}
"""Names of Keras 1, and what they are called in Keras 2: one of these, where it is taken."""

OF_GENERATORS = frozenset(
    "samples_per_epoch nb_val_samples val_samples nb_worker pickle_safe max_q_size".split()
)
"""Names of Keras 1 that ``fit_generator`` and its kin took, and no other method."""

OF_FITS = OF_GENERATORS | {"nb_epoch", "show_accuracy"}
"""Names of Keras 1 that tell a model of Keras from those of other libraries."""

BEFORE_KERAS_1 = frozenset({"X", "data", "nb_val_worker", "wait_time"})
"""Names that ``fit`` and ``fit_generator`` took in the first versions of all."""

ACCURACY = "metrics=['accuracy'] in compile"

LATER = {
    "epsilon": "min_delta",
    "period": "save_freq",
    "batch_input_shape": "keras.Input(batch_shape=…) before the layer",
    "causal": "use_causal_mask=True where the layer is called",
    "smart_resize": "crop_to_aspect_ratio",
    "weights": "embeddings_initializer=keras.initializers.Constant(…)",
    "show_accuracy": ACCURACY,
}
"""What to write in place of arguments that have no other name now, or one of Keras 2."""

COUNTED = {
    "samples_per_epoch": "it counts batches, not samples",
    "nb_val_samples": "it counts batches, not samples",
    "val_samples": "it counts batches, not samples",
    "period": "it counts batches, not epochs",
}
"""What the successor of an argument counts, where that is something else."""

OF_ANOTHER_KIND = frozenset(COUNTED) | frozenset(
    "show_accuracy nb_row nb_col kernel_dim1 kernel_dim2 kernel_dim3 dim_ordering class_mode "
    "consume_less forget_bias_init".split()
)
"""Old arguments whose values mean something else than those of what took their place."""

_BACKEND = ("target_tensors", "distribute", "options", "run_metadata", "feed_dict", "fetches")

OF_ONE: dict[str, dict[str, tuple[Version, str | None]]] = {
    "compile": dict.fromkeys(_BACKEND, (WITHOUT_KERAS_1, None))
    | {"class_mode": ((2, 0), "the loss")},
    "fit": {"show_accuracy": ((2, 0), ACCURACY)},
    "evaluate": {"show_accuracy": ((2, 0), ACCURACY)},
    "to_categorical": {"nb_classes": ((2, 0), "num_classes")},
    "load_weights": {"reshape": (WITHOUT_KERAS_1, None)},
    "Embedding": {"dropout": (WITHOUT_KERAS_1, None)},
    "BatchNormalization": {"mode": (WITHOUT_KERAS_1, None)},
    "GaussianNoise": {"sigma": (WITHOUT_KERAS_1, "stddev")},
    "UpSampling1D": {"length": (WITHOUT_KERAS_1, "size")},
    "MaxPooling1D": {"stride": (WITHOUT_KERAS_1, "strides")},
    "AveragePooling1D": {"stride": (WITHOUT_KERAS_1, "strides")},
    "Conv2DTranspose": {"output_shape": (WITHOUT_KERAS_1, None)},
    "Deconvolution2D": {"output_shape": (WITHOUT_KERAS_1, None)},
}
"""Since when one function or class no longer takes what no other has taken under that name.

Beside it is the new name, where there is one. What ``compile`` did not know it handed to the
backend.
"""


@dataclass(frozen=True, eq=False, repr=False)
class Former:
    """What is known of an argument that a callable does not take, in all versions or in some.

    `since` is the version that no longer takes it, if the table has it for none; None where, as
    far as is known, it was never taken. `successor` says what took its place, and `is_renamed`
    whether that is the same by another name.
    """

    since: Version | None
    successor: str | None
    is_renamed: bool


def former(path: str, name: str, signature: Signature) -> Former:
    """What is known of an argument that the callable called `path` does not take."""
    new = _successor(path, name, signature)
    renamed = name not in OF_ANOTHER_KIND and new in signature.known
    in_table = name in signature.names.get("2", (name,))
    return Former(None if in_table else _gone_since(path, name, new), new, renamed)


@cache
def names_of_fits() -> frozenset[str]:
    """The arguments that some version of Keras takes where a model is fitted."""
    tabled = map(signature_of, ("keras.Model.fit", "keras.Model.fit_generator"))
    return OF_FITS.union(BEFORE_KERAS_1, *(each.known for each in tabled if each is not None))


def is_of_keras_1(path: str, name: str) -> bool:
    """Whether the callable called `path` took an argument in Keras 1, and another one since."""
    if name not in OF_KERAS_1:
        return False
    signature = signature_of(path)
    if signature is None or name in signature.known:
        return False
    return former(path, name, signature).since is not None


def _gone_since(path: str, name: str, new: str | None) -> Version | None:
    home, _, short = path.rpartition(".")
    if home == "keras.optimizers":
        before = signature_of(f"{home}.legacy.{short}")
        return NEW_OPTIMIZERS if before is not None and name in before.known else None
    alone = OF_ONE.get(short, {}).get(name)
    if alone is not None:
        return alone[0]
    if name in OF_GENERATORS and not short.endswith("_generator"):
        return None
    return WITHOUT_KERAS_1 if name in OF_KERAS_1 and new is not None else None


def _successor(path: str, name: str, signature: Signature) -> str | None:
    """What a callable takes in place of an old name; None where it takes nothing like it."""
    known = signature.known
    _, new = OF_ONE.get(path.rpartition(".")[2], {}).get(name, (None, LATER.get(name)))
    if name == "weights" and "embeddings_initializer" not in known:
        return None
    if new is not None and (new in known or not new.isidentifier()):
        return new
    return next((each for each in OF_KERAS_1.get(name, ()) if each in known), None)
