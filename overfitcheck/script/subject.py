"""Whether a text holds anything at all that can be said something of.

Many a file that speaks of Keras neither trains nor builds a model: losses, preparation of data,
plots. Python's own parser and a look at the words in it tell so in a tenth of the time that the
syntax tree of libcst takes.
"""

from __future__ import annotations

import re
from functools import cache

from overfitcheck.script.signatures import tabled_names
from overfitcheck.script.syntax import syntax_error
from overfitcheck.script.whole_words import places_of

TRAINING = (".fit(", ".fit_generator(", ".compile(", "Sequential(", "callbacks=")
"""What stands in the text of most scripts that train; looked for first because that is quick."""

STRING = (
    r"(?:'''.*?(?:'''|\Z)|\"\"\".*?(?:\"\"\"|\Z)"
    r"|'(?:\\.|[^'\\\n])*'?|\"(?:\\.|[^\"\\\n])*\"?)"
)
SILENT = re.compile(
    rf"(?s)\b((?:[fF][rR]?|[rR][fF]){STRING})|{STRING}|\#[^\n]*|\b(?:class|def)[ \t]+\w+"
)
"""Strings and comments, and the names that definitions give; f-strings hold expressions."""

WORD = re.compile(r"[A-Za-z_]\w*")

HOMES = ("applications", "callbacks", "layers", "models", "optimizers", "regularizers")
"""Modules of Keras from whose classes models and their trainings are made."""

WORDS = frozenset(
    "Functional GradientTape ImageDataGenerator KerasClassifier KerasRegressor Model Sequential "
    "Tokenizer apply_gradients audio_dataset_from_directory cache clone_model compile evaluate "
    "evaluate_generator fit fit_generator fit_on_sequences fit_on_texts fit_resample fit_sample "
    "fit_transform flow flow_from_dataframe flow_from_directory from_tensor_slices "
    "image_dataset_from_directory l1 l1_l2 l2 load_model minimize model_from_json partial_fit "
    "permutation predict predict_classes predict_generator resample sample search shuffle skip "
    "take test_step text_dataset_from_directory timeseries_dataset_from_array train_on_batch "
    "train_step train_test_split".split()
)
"""Names without which no training is written, no data are split and no model is scored."""


def holds_training(text: str) -> bool:
    """Whether anything in the text builds, trains or scores a model, or prepares its data.

    Also where nobody can tell: the text is not Python, or silences a finding by a comment.
    """
    if any(each in text for each in TRAINING) or "noqa" in text:
        return True
    names = _training_names().intersection(WORD.findall(text))
    if any(_stands_open(text, name) for name in names):
        return True
    if names and not names.isdisjoint(WORD.findall(SILENT.sub(r"\1 ", text))):
        return True
    return syntax_error(text) is not None


def _stands_open(text: str, name: str) -> bool:
    """Whether a name first stands where hardly a string, a comment or a definition can be.

    Enough to look no further: taken for code, a string costs time and nothing else.
    """
    start = next(places_of(name, text), 0)
    line = text[text.rfind("\n", 0, start) + 1 : start]
    if any(each in line for each in ("'", '"', "#", "def ", "class ")):
        return False
    return text.count('"""', 0, start) % 2 == 0 and text.count("'''", 0, start) % 2 == 0


@cache
def _training_names() -> frozenset[str]:
    """All names that a text which trains has some of."""
    classes = (name for home in HOMES for name in tabled_names(f"keras.{home}."))
    return WORDS.union(name for name in classes if name[:1].isupper()) - BASES


BASES = frozenset({"Callback", "Layer", "Optimizer", "Regularizer", "InputSpec", "Input"})
"""Classes that others descend from, and that train nothing themselves."""
