"""OVF113: a scaler that learns from validation or test rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import part_of, rows_of, same_rows
from overfitcheck.script.fit import Fit
from overfitcheck.script.fittings import fitted_learners, made_with, scales_others
from overfitcheck.script.flow import ingredients
from overfitcheck.script.generators import maker_of_generator
from overfitcheck.script.learners import FITTING
from overfitcheck.script.scoring import is_prediction
from overfitcheck.script.script import Script
from overfitcheck.script.splits import (
    is_held_out,
    is_of_training,
    judgements,
    trains_on,
)
from overfitcheck.script.stored import reads_the_same
from overfitcheck.script.values import Call, Value, options


@rule(
    "OVF113",
    "scaler-fitted-on-held-out-data",
    Level.WARNING,
    bad=(
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x_train, x_test, y_train, y_test = train_test_split(x, y)
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.fit_transform(x_test)  # <- OVF113
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, validation_split=0.1)
print(model.evaluate(x_test, y_test))
""",
        """
import keras
from sklearn.preprocessing import MinMaxScaler
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
x_fit = MinMaxScaler().fit_transform(first)
x_val = MinMaxScaler().fit_transform(second)  # <- OVF113
model.fit(x_fit, y_fit, epochs=20, validation_data=(x_val, y_val))
""",
        """
import keras
(x_train, y_train), (x_test, y_test) = keras.datasets.imdb.load_data()
tokenizer = keras.preprocessing.text.Tokenizer(5000)
tokenizer.fit_on_texts(x_train)
train = tokenizer.texts_to_matrix(x_train)
tokenizer.fit_on_texts(x_test)  # <- OVF113
test = tokenizer.texts_to_matrix(x_test)
""",
        """
import keras
import pandas as pd
from sklearn.preprocessing import StandardScaler
known, asked = pd.read_csv("known.csv"), pd.read_csv("asked.csv")
x = StandardScaler().fit(known).transform(known)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, prices, epochs=20, validation_split=0.1)
x_asked = StandardScaler().fit(asked).transform(asked)  # <- OVF113
model.predict(x_asked)
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x_train, x_test, y_train, y_test = train_test_split(x, y)
unlabelled = pd.read_csv("test.csv")
scaler = StandardScaler()
scaler.fit(x_train)
scaler.fit(unlabelled)  # <- OVF113
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, validation_split=0.1)
""",
        """
import keras
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
some, others = train_test_split(rows, test_size=0.2)
imputer = SimpleImputer()
imputer = imputer.fit(others)  # <- OVF113
others = imputer.transform(others)
imputer = imputer.fit(some)
some = imputer.transform(some)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(some[:, 1:], some[:, 0], epochs=9, validation_split=0.1)
model.evaluate(others[:, 1:], others[:, 0])
""",
    ),
    good=(
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x_train, x_test, y_train, y_test = train_test_split(x, y)
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.transform(x_test)
""",
        """
import keras
from sklearn.preprocessing import MinMaxScaler
scaler = MinMaxScaler()
def batches(folder):
    for images in keras.preprocessing.image.ImageDataGenerator().flow_from_directory(folder):
        yield scaler.fit_transform(images.reshape(-1, 3)).reshape(images.shape)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(batches("train"), steps_per_epoch=9, validation_data=batches("valid"), validation_steps=2)
""",
        """
import keras
import numpy as np
letters = keras.layers.TextVectorization(split="character")
letters.adapt([play])
speaker = keras.Sequential([keras.layers.Embedding(40, 8), keras.layers.Dense(40)])
speaker.compile("adam", "mse")
speaker.fit(letters([play]), lines, epochs=9)
words = keras.layers.TextVectorization(1000)
words.adapt(sentences)
inputs = keras.Input((1,), dtype="string")
model = keras.Model(inputs, keras.layers.Dense(1000)(words(inputs)))
model.compile("adam", "mse")
train = (sentences[:900], answers[:900])
model.fit(train, following[:900], epochs=9, validation_split=0.1)
first = np.argmax(model.predict(np.array(["once"])))
then = model.predict(np.array(["once", words.get_vocabulary()[first]]))
""",
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
x_train, x_test, y_train, y_test = train_test_split(x, y)
y_train = LabelEncoder().fit_transform(y_train)
y_test = LabelEncoder().fit_transform(y_test)
""",
        """
import keras
import matplotlib.pyplot as plt
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, y)
points = PCA(2).fit_transform(x_test)
plt.scatter(points[:, 0], points[:, 1])
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20)
print(model.evaluate(x_test, y_test))
""",
        """
import keras
from sklearn.preprocessing import StandardScaler
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
x = StandardScaler().fit_transform(x)
model.fit(x, y, epochs=20)
print(model.evaluate(x, y))
""",
        """
import keras
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import RobustScaler
x_train, x_test, y_train, y_test = train_test_split(x, y)
scaler = RobustScaler()
x_train, x_test = scaler.fit_transform(x_train), scaler.transform(x_test)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, validation_split=0.1)
scaler = RobustScaler()
x = scaler.fit_transform(x)
forest = GradientBoostingRegressor().fit(x, y)
print(forest.predict(x))
""",
        """
import keras
import pandas as pd
from sklearn.preprocessing import StandardScaler
def train(table, prices):
    x = StandardScaler().fit_transform(table)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, prices, epochs=20, validation_split=0.1)
    return model.predict(x)
train(pd.read_csv("flats.csv"), flat_prices)
train(pd.read_csv("houses.csv"), house_prices)
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x_train, x_test, y_train, y_test = train_test_split(x, y)
scaler = StandardScaler()
scaler.fit(x_train)
scaler.fit(x_test)
scaler.fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, validation_split=0.1)
""",
        """
import keras
import pandas as pd
from sklearn.preprocessing import MinMaxScaler
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
def train():
    table = pd.read_csv("known.csv")
    rows = MinMaxScaler().fit_transform(table.drop(columns="price").values)
    model.fit(rows, table["price"], epochs=20, validation_split=0.1)
def ask():
    known, asked = pd.read_csv("known.csv"), pd.read_csv("asked.csv")
    scaler = MinMaxScaler().fit(known.drop(columns="price").values)
    print(model.predict(scaler.transform(asked.values)))
train()
ask()
""",
        """
import keras
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler
for train, test in KFold(5).split(x):
    scaler = StandardScaler().fit(x[train])
    fit_and_score(scaler.transform(x[train]), scaler.transform(x[test]))
""",
        """
import keras
from sklearn.preprocessing import MinMaxScaler
def prepared(table, scaler=None):
    rows = table.iloc[:, :-1].values
    if scaler is None:
        scaler = MinMaxScaler()
        rows = scaler.fit_transform(rows)
    else:
        rows = scaler.transform(rows)
    return rows, table.iloc[:, -1].values, scaler
x, y, scaler = prepared(train_table)
x_test, y_test, _ = prepared(test_table, scaler=scaler)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=9, validation_data=(x_val, y_val))
model.evaluate(x_test, y_test)
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler
def below_one_another(table):
    return pd.concat([table[[name]] for name in table.columns])
def trained(table):
    past, future = train_test_split(table, test_size=0.3, shuffle=False)
    scaler = MinMaxScaler()
    rows = scaler.fit_transform(below_one_another(past).values)
    model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(rows, prices, epochs=9, validation_data=(held_out, later))
    model.save("prices.keras")
def tested(table):
    model = keras.models.load_model("prices.keras")
    past, future = train_test_split(table, test_size=0.3, shuffle=False)
    scaler = MinMaxScaler()
    rows = scaler.fit_transform(below_one_another(past).values)
    return model.predict(rows), model.predict(scaler.transform(future))
""",
        """
import keras
from keras.preprocessing.text import Tokenizer
def lines_of(path):
    with open(path) as file:
        return file.readlines()
model = keras.Sequential([keras.layers.Embedding(900, 8), keras.layers.Dense(1)])
model.compile("adam", "mse")
def train():
    words = Tokenizer()
    words.fit_on_texts(lines_of(known))
    model.fit(words.texts_to_sequences(lines_of(known)), stars, epochs=9, validation_split=0.1)
def ask():
    words = Tokenizer()
    words.fit_on_texts(lines_of(known))
    print(model.predict(words.texts_to_sequences(lines_of(asked))))
train()
ask()
""",
        """
import keras
import numpy as np
from sklearn.preprocessing import MinMaxScaler
def parted(table):
    return table[: 2 * len(table) // 3].values, table[2 * len(table) // 3 :].values
def trained(table):
    past, future = parted(table)
    scaler = MinMaxScaler()
    rows, later = scaler.fit_transform(past), scaler.transform(future)
    model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(rows, prices, epochs=9, validation_data=(later, later_prices))
    return model
def tested(table, model):
    past, future = parted(table)
    scaler = MinMaxScaler()
    rows, later = scaler.fit_transform(past), scaler.transform(future)
    return model.predict(rows), model.predict(later)
tested(others, trained(table))
""",
        """
import keras
from keras.preprocessing.text import Tokenizer
words = Tokenizer()
words.fit_on_texts(texts)
def numbered(some):
    return words.texts_to_sequences(some)
def batches(some, stars):
    while True:
        yield numbered(some), stars
print(numbered(a), numbered(b), numbered(c), numbered(d), numbered(e), numbered(f), numbered(g))
print(numbered(h), numbered(i), numbered(j), numbered(k))
later = batches(texts[900:], stars[900:])
model = keras.Sequential([keras.layers.Embedding(900, 8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(batches(texts[:900], stars[:900]), steps_per_epoch=9, epochs=9, validation_data=later)
""",
    ),
)
def scaler_fitted_on_held_out(script: Script) -> Iterator[Draft]:
    """A scaler, vectorizer or the like is fitted on validation or test rows.

    ## Why is this bad?
    Fitted again, it scales these rows by their own mean and range: the same value means one thing
    in training and another here, and the score is of rows that no model in use will see. A
    tokenizer gives words other numbers than the network has learned.

    ## Exceptions
    Encoders of the target, what is fitted only to draw a picture, rows that a fit trains on, and
    what a generator fits anew on each batch.

    ## References
    https://scikit-learn.org/stable/common_pitfalls.html
    """
    parts = _Parts(script)
    for learner, call, rows in fitted_learners(script):
        if trains_on(script, rows) or _is_by_batch(learner, call, rows):
            continue
        if is_of_training(rows) or _is_trained_file(script, rows) or _learns_in_vain(learner, call):
            continue
        use = _use(parts, learner, call, rows)
        if not use:
            continue
        node = call.node.args[0].value if call.node.args else call.node
        yield Draft(
            call.node,
            f"{learner.short_name} is fitted on {script.text(node)}, {use}",
            f"fit {learner.short_name} on the training rows only, and call transform here",
        )


def _is_by_batch(learner: Call, call: Call, rows: Value) -> bool:
    """Whether a loop fits it anew on each batch, those of training as well."""
    return bool(set(call.context.loops) - set(learner.context.loops)) and not is_held_out(rows)


def _is_trained_file(script: Script, rows: Value) -> bool:
    """Whether they are the whole of a file, read again, whose rows a fit trains on."""
    whole = rows_of(rows)
    return not whole.cuts and any(
        reads_the_same(whole.origin, each) for fit in script.fits for each in ingredients(fit.x)
    )


def _learns_in_vain(learner: Call, call: Call) -> bool:
    """Whether it is fitted on other rows again before anything is made with what it learned."""
    again = any(each.order > call.order and each.method in FITTING for each in learner.calls)
    return again and not made_with(learner, call)


@dataclass(frozen=True, eq=False, repr=False)
class _Parts:
    """What the data of a script were computed from, by identity: each looked through once."""

    script: Script

    @cached_property
    def trained(self) -> tuple[frozenset[int], ...]:
        """Of what the fits train on."""
        return tuple(_parts_of(fit.x) for fit in self.script.fits)

    @cached_property
    def otherwise(self) -> tuple[frozenset[int], ...]:
        """Of what models of other libraries are fitted on."""
        return tuple(map(_parts_of, _learned_otherwise(self.script)))

    @cached_property
    def judging(self) -> tuple[tuple[Fit | Call, frozenset[int]], ...]:
        """Of what models are judged by, and where."""
        return tuple((judge, _parts_of(data)) for judge, data in judgements(self.script))


def _use(parts: _Parts, learner: Call, call: Call, rows: Value) -> str:
    """What the rows are for and what follows; "" where nothing uses them as held out."""
    script = parts.script
    scales = learner.short_name.endswith("Scaler")
    apart = "put on another scale" if scales else "transformed otherwise"
    apart = f": the rows are {apart} than those of training"
    made = made_with(learner, call)
    earlier = [
        each
        for each in learner.calls
        if each.order < call.order and each.method in FITTING and each.positional
    ]
    if any(_hold(data, made) for data in parts.otherwise):
        return ""
    if any(_hold(data, made) for data in parts.trained):
        lost = next((each for each in earlier if _is_forgotten(parts, each, rows, made)), None)
        where = f"after {script.place(lost.node)} fitted it on the training rows" if lost else ""
        return (
            where
            and f"{where}: it forgets these, and {'scales' if scales else 'transforms'} them by the others"
        )
    again = [each for each in earlier if not part_of(each.positional[0].value, rows)]
    again = again or list(_fitted_alike(parts, learner, call, rows))
    for judge, data in parts.judging:
        if _hold(data, made):
            if isinstance(judge, Fit):
                if _is_given_alike(judge, made):
                    continue
                return f"which {judge.model.name} is validated on{apart}"
            if is_held_out(rows) or (again and not scales_others(learner, call, rows)):
                return f"which {script.text(judge.node.func)} is given{apart}"
    if again and is_held_out(rows):
        first = script.place(again[0].node)
        return f"which are held out, after {first} fitted it on others{apart}"
    return ""


def _is_given_alike(fit: Fit, made: list[Call]) -> bool:
    """Whether the generator of the validation data gives the training data, which show less.

    A function is not followed in each of its calls: what it does to rows then is not seen.
    """
    makers = {maker_of_generator(each) for each in options(fit.validation[0])} - {None}
    methods = {each.method for each in made}
    return any(maker_of_generator(each) in makers for each in options(fit.x)) and not any(
        isinstance(each, Call) and each.method in methods for each in ingredients(fit.x)
    )


def _learned_otherwise(script: Script) -> Iterator[Value]:
    """What models of other libraries are fitted on: the rows, beside which labels are given."""
    for call in script.calls:
        if call.method == "fit" and len(call.positional) >= 2:
            if not any(call is fit.call for fit in script.fits):
                yield call.positional[0].value


def _fitted_alike(parts: _Parts, learner: Call, call: Call, rows: Value) -> Iterator[Call]:
    """Where another learner of the kind was fitted before, on rows that a fit trains on."""
    for other, fitting, learned in fitted_learners(parts.script):
        alike = other is not learner and other.function == learner.function
        if alike and fitting.order < call.order and not part_of(learned, rows):
            made = made_with(other, fitting)
            if any(_hold(data, made) for data in parts.trained):
                yield fitting


def _is_forgotten(parts: _Parts, fitting: Call, rows: Value, made: list[Call]) -> bool:
    """Whether nothing was made of what was learned before the learner was fitted on other `rows`.

    What a fit trains on was then `made` with what these taught it.
    """
    assert isinstance(fitting.receiver, Call)
    learned = fitting.positional[0].value
    if fitting.method != "fit" or made_with(fitting.receiver, fitting):
        return False
    mine = [each for each in made if _is_given(each, learned)]
    return not part_of(rows, learned) and any(_hold(data, mine) for data in parts.trained)


def _is_given(call: Call, rows: Value) -> bool:
    return bool(call.positional) and same_rows(call.positional[0].value, rows)


def _parts_of(data: Value) -> frozenset[int]:
    """What data were made of; what a model predicted was not made by the layers that it has."""
    return frozenset(map(id, ingredients(data, stop=is_prediction)))


def _hold(data: frozenset[int], made: list[Call]) -> bool:
    """Whether data were made so."""
    return any(id(each) in data for each in made)
