"""OVF105: preprocessing that learned from rows which are held out afterwards."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.fit import Fit
from overfitcheck.script.fittings import fitted_learners, made_with, scaled_by_functions
from overfitcheck.script.flow import ingredients
from overfitcheck.script.learners import FITTING
from overfitcheck.script.models import layers_of
from overfitcheck.script.scoring import is_scored
from overfitcheck.script.script import Script
from overfitcheck.script.sliced import sliced_after
from overfitcheck.script.splits import (
    Split,
    is_held_out,
    learns_from_one,
    split_after,
    split_before,
    split_of_made,
)
from overfitcheck.script.values import Call, Unknown, Value


@rule(
    "OVF105",
    "preprocessing-fitted-before-split",
    Level.WARNING,
    bad=(
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x = StandardScaler().fit_transform(table)  # <- OVF105
x_train, x_test, y_train, y_test = train_test_split(x, y)
""",
        """
import pandas as pd
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer
from sklearn.model_selection import train_test_split
table = pd.read_csv("offers.csv")
words = Tokenizer()
words.fit_on_texts(table["name"].str.lower())  # <- OVF105
table["name"] = words.texts_to_sequences(table["name"].str.lower())
train, valid = train_test_split(table)
x_train, x_valid = pad_sequences(train["name"]), pad_sequences(valid["name"])
""",
        """
import keras
scale = keras.layers.Normalization()
scale.adapt(rows)  # <- OVF105
model = keras.Sequential([scale, keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows, prices, epochs=10, validation_split=0.2)
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import KFold
from sklearn.preprocessing import MinMaxScaler
table = pd.read_csv("prices.csv")
scaler = MinMaxScaler()
table[["area", "rooms"]] = scaler.fit_transform(table[["area", "rooms"]])  # <- OVF105
for train, test in KFold(5).split(table.drop(columns=["price"])):
    fit_and_score(table.iloc[train], table.iloc[test])
""",
        """
import keras
import pandas as pd
from sklearn.preprocessing import MinMaxScaler
def windows(rows, length):
    return [rows[start : start + length] for start in range(len(rows) - length)]
prices = pd.read_csv("prices.csv").values
scaled = MinMaxScaler().fit_transform(prices)  # <- OVF105
scaled
past, future = scaled[:900], scaled[900:]
model = keras.Sequential([keras.layers.LSTM(8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(windows(past, 9), past[9:], epochs=20)
print(model.evaluate(windows(future, 9), future[9:]))
""",
        """
import keras
import numpy as np
from sklearn.preprocessing import StandardScaler
scaler = StandardScaler()
scaler = scaler.fit(prices)  # <- OVF105
scaled = scaler.transform(prices)
windows = []
for end in range(9, len(scaled)):
    windows.append(scaled[end - 9 : end])
model = keras.Sequential([keras.layers.LSTM(8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(np.array(windows), prices[9:], epochs=20, validation_split=0.1)
""",
        """
from tensorflow.keras import layers, models, preprocessing
words = preprocessing.text.Tokenizer(num_words=5000)
words.fit_on_texts(list(questions) + list(answers))  # <- OVF105
asked = preprocessing.sequence.pad_sequences(words.texts_to_sequences(questions), maxlen=40)
told = preprocessing.sequence.pad_sequences(words.texts_to_sequences(answers), maxlen=40)
model = build(layers.Embedding(5000, 32))
model.fit([asked, told], is_right, epochs=20, validation_split=0.1)
""",
        """
import keras
from sklearn.preprocessing import MinMaxScaler
scaler = MinMaxScaler()
x = scaler.fit_transform(table)  # <- OVF105
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, prices, epochs=20, validation_split=0.1)
model.predict(scaler.fit_transform(asked))
""",
        """
import keras
import numpy as np
words = keras.preprocessing.text.Tokenizer()
words.fit_on_texts(texts)  # <- OVF105
rows = keras.preprocessing.sequence.pad_sequences(words.texts_to_sequences(texts))
order = np.arange(rows.shape[0])
np.random.shuffle(order)
rows, labels = rows[order], labels[order]
held_out = int(0.2 * rows.shape[0])
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
validation = (rows[-held_out:], labels[-held_out:])
model.fit(rows[:-held_out], labels[:-held_out], epochs=5, validation_data=validation)
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
people = pd.read_csv("people.csv")
people["age"] = StandardScaler().fit_transform(people[["age"]])  # <- OVF105
people["sex"] = people["sex"].map({"m": 0, "f": 1})
x_train, x_test, y_train, y_test = train_test_split(people[["age", "sex"]], people["ill"])
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20)
""",
        """
import keras
import pandas as pd
from sklearn.preprocessing import MinMaxScaler
def supervised(data, steps):
    table, columns = pd.DataFrame(data), []
    for step in range(steps, 0, -1):
        columns.append(table.shift(step))
    columns.append(table)
    joined = pd.concat(columns, axis=1)
    joined.dropna(inplace=True)
    return joined
scaled = MinMaxScaler().fit_transform(pd.read_csv("air.csv").values)  # <- OVF105
rows = supervised(scaled, 1).values
train, test = rows[:8000, :], rows[8000:, :]
model = keras.Sequential([keras.layers.LSTM(50), keras.layers.Dense(1)])
model.compile("adam", "mae")
validation = (test[:, :-1].reshape(-1, 1, 8), test[:, -1])
model.fit(train[:, :-1].reshape(-1, 1, 8), train[:, -1], epochs=9, validation_data=validation)
""",
        """
import keras
import tensorflow as tf
words = keras.layers.TextVectorization(1000)
words.adapt(reviews)  # <- OVF105
x_train, x_valid = tf.constant(reviews[:9000]), tf.constant(reviews[9000:])
y_train, y_valid = tf.constant(stars[:9000]), tf.constant(stars[9000:])
model = keras.Sequential([words, keras.layers.Embedding(1000, 8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=10, validation_data=(x_valid, y_valid))
""",
        """
import keras
import numpy as np
from sklearn.preprocessing import MinMaxScaler
scaled = MinMaxScaler().fit_transform(prices)  # <- OVF105
def windows(rows, width):
    x, y = [], []
    for start in range(len(rows) - width):
        x.append([[each] for each in rows[start : start + width]])
        y.append(rows[start + width, 0])
    return np.array(x), np.array(y)
def parted(x, y, share):
    at = int(len(x) * (1 - share))
    return x[:at], x[at:], y[:at], y[at:]
x, y = windows(scaled, 24)
x_train, x_test, y_train, y_test = parted(x, y, 0.2)
model = keras.Sequential([keras.layers.LSTM(8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=10, validation_data=(x_test, y_test))
""",
        """
import keras
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.preprocessing.text import Tokenizer
from sklearn.model_selection import train_test_split
words = Tokenizer()
words.fit_on_texts(reviews)  # <- OVF105
numbers = []
for review in reviews:
    numbers.append(words.texts_to_sequences([review])[0])
rows = pad_sequences(numbers)
x_train, x_test, y_train, y_test = train_test_split(rows, stars)
model = keras.Sequential([keras.layers.Embedding(1000, 8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=10, validation_data=(x_test, y_test))
""",
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x_later, x, y_later, y = train_test_split(table, prices, test_size=0.9)
scaled = StandardScaler().fit_transform(x)  # <- OVF105
x_train, x_val, y_train, y_val = train_test_split(scaled, y, test_size=0.1)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=10, validation_data=(x_val, y_val))
""",
        """
import keras
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
numbers = Pipeline(steps=[("scale", StandardScaler())])
words = OneHotEncoder(handle_unknown="ignore")
both = ColumnTransformer([("n", numbers, table.columns.tolist()), ("w", words, ["city"])])
x = both.fit_transform(table)  # <- OVF105
x_train, x_test, y_train, y_test = train_test_split(x, prices)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=9, validation_split=0.1)
""",
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import minmax_scale
x = minmax_scale(table)  # <- OVF105
x_train, x_test, y_train, y_test = train_test_split(x, prices)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))
""",
        """
import keras
from sklearn import preprocessing
x = preprocessing.normalize(table, axis=0)  # <- OVF105
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, prices, epochs=9, validation_split=0.2)
""",
        """
import keras
from sklearn.preprocessing import StandardScaler
standardize = StandardScaler().fit_transform
x = standardize(table)  # <- OVF105
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x[:800], prices[:800], epochs=9, validation_data=(x[800:], prices[800:]))
""",
        """
import keras
import numpy as np
import pandas as pd
from keras.preprocessing.text import Tokenizer
from sklearn.model_selection import train_test_split
pairs = pd.read_csv("pairs.csv")
words = Tokenizer(5000)
words.fit_on_texts(pairs.asked)  # <- OVF105
train, test = train_test_split(pairs, test_size=0.2)
model = keras.Sequential([keras.layers.Embedding(5000, 8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(words.texts_to_matrix(train["asked"]), train["same"], epochs=9, validation_split=0.1)
""",
        """
import keras
import numpy as np
import pandas as pd
from keras.preprocessing.text import Tokenizer
from sklearn.model_selection import train_test_split
pairs = pd.read_csv("pairs.csv")
words = Tokenizer(5000)
words.fit_on_texts(np.hstack([pairs["asked"], pairs["known"]]))  # <- OVF105
train, test = train_test_split(pairs, test_size=0.2)
model = keras.Sequential([keras.layers.Embedding(5000, 8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(words.texts_to_matrix(train["asked"]), train["same"], epochs=9, validation_split=0.1)
""",
        """
import keras
import numpy as np
import pandas as pd
from keras.preprocessing.text import Tokenizer
from sklearn.model_selection import train_test_split
pairs = pd.read_csv("pairs.csv")
words = Tokenizer(5000)
words.fit_on_texts([clean(each) for each in pairs["asked"].values])  # <- OVF105
train, test = train_test_split(pairs, test_size=0.2)
model = keras.Sequential([keras.layers.Embedding(5000, 8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(words.texts_to_matrix(train["asked"]), train["same"], epochs=9, validation_split=0.1)
""",
        """
import keras
from tensorflow.keras.preprocessing.text import Tokenizer
def reviews(part):
    return [open(path).read() for path in files_of(part)]
read, unread = reviews("train"), reviews("test")
words = Tokenizer(5000)
words.fit_on_texts(read + unread)  # <- OVF105
model = keras.Sequential([keras.layers.Embedding(5000, 8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(words.texts_to_matrix(read), stars, epochs=9, validation_split=0.1)
model.evaluate(words.texts_to_matrix(unread), unread_stars)
""",
        """
import keras
import numpy as np
import pandas as pd
people = pd.read_csv("people.csv")
ages = keras.layers.Normalization(axis=None)
ages.adapt(np.array(people["age"]))  # <- OVF105
age = keras.Input((1,), name="age")
fare = keras.Input((1,), name="fare")
told = keras.layers.Dense(1)(keras.layers.concatenate([ages(age), fare]))
model = keras.Model([age, fare], told)
model.compile("adam", "mse")
columns = {"age": np.array(people["age"]), "fare": np.array(people["fare"])}
model.fit(columns, people["ill"], epochs=9, validation_split=0.1)
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
people = pd.read_csv("people.csv")
some, others = train_test_split(people, test_size=0.2)
scaler = StandardScaler().fit(people[["age", "height"]])  # <- OVF105
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(scaler.transform(some[["age", "height"]]), some["ill"], epochs=9, validation_split=0.0)
model.evaluate(scaler.transform(others[["age", "height"]]), others["ill"])
""",
        """
import keras
import numpy as np
from keras.preprocessing.text import Tokenizer, text_to_word_sequence
texts = [row[1] for row in table]
words = Tokenizer(num_words=3000)
words.fit_on_texts(texts)  # <- OVF105
numbers = []
for text in texts:
    numbers.append([words.word_index[word] for word in text_to_word_sequence(text)])
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(words.sequences_to_matrix(np.asarray(numbers)), y, epochs=5, validation_split=0.1)
""",
        """
import keras
import numpy as np
import pandas as pd
from sklearn.preprocessing import MinMaxScaler
prices = pd.read_csv("prices.csv").filter(["Close"]).values
past = int(np.ceil(len(prices) * 0.95))
scaled = MinMaxScaler().fit_transform(prices)  # <- OVF105
train, test = scaled[0 : int(past), :], scaled[past - 60 :, :]
x, y = [], []
for day in range(60, len(train)):
    x.append(train[day - 60 : day, 0])
    y.append(train[day, 0])
model = keras.Sequential([keras.layers.LSTM(8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(np.array(x), np.array(y), epochs=5)
x_test = []
for day in range(60, len(test)):
    x_test.append(test[day - 60 : day, 0])
print(np.sqrt(np.mean((model.predict(np.array(x_test)) - prices[past:]) ** 2)))
""",
        """
import keras
from keras import layers
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar100.load_data()
augmentation = keras.Sequential(
    [layers.Normalization(), layers.RandomFlip("horizontal"), layers.RandomZoom(0.2)],
    name="augmentation",
)
augmentation.layers[0].adapt(x_train)  # <- OVF105
def build():
    inputs = keras.Input((32, 32, 3))
    features = layers.Flatten()(augmentation(inputs))
    return keras.Model(inputs, layers.Dense(100)(features))
def run(model):
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x_train, y_train, epochs=9, validation_split=0.1)
    return model.evaluate(x_test, y_test)
run(build())
""",
        """
import keras
import numpy as np
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
x = StandardScaler().fit_transform(table)  # <- OVF105
folds = StratifiedKFold(n_splits=5, shuffle=True)
for train, test in folds.split(np.zeros(len(kinds)), kinds):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x[train], kinds[train], epochs=9)
    print(model.evaluate(x[test], kinds[test]))
""",
        """
import keras
import numpy as np
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler
scaler = StandardScaler().fit(np.vstack((features, later)))  # <- OVF105
features = scaler.transform(features)
for train, test in KFold(3).split(texts):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit([texts[train], features[train]], kinds[train], epochs=9)
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
class Cells:
    def prepared(self, path):
        table = pd.read_csv(path)
        x = StandardScaler().fit_transform(table.drop(columns=["kind"]))  # <- OVF105
        return train_test_split(x, table["kind"])
    def trained(self, x_train, y_train):
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(x_train, y_train, epochs=9, validation_split=0.1)
        return model
""",
    ),
    good=(
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x_train, x_test, y_train, y_test = train_test_split(table, y)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
""",
        """
import keras
from sklearn.model_selection import train_test_split
words = keras.layers.TextVectorization(1000)
words.adapt(reviews)
model = keras.Sequential([words, keras.layers.Embedding(1000, 8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(reviews, stars, epochs=10, validation_data=(later_reviews, later_stars))
_, few_reviews, _, few_stars = train_test_split(reviews, stars, test_size=0.1)
small = keras.Sequential([pretrained, keras.layers.Dense(1)])
small.compile("adam", "mse")
small.fit(few_reviews, few_stars, epochs=10, validation_data=(later_reviews, later_stars))
""",
        """
import keras
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
people = pd.read_csv("people.csv")
shown = StandardScaler().fit_transform(people[["age", "height"]])
people["group"] = KMeans(3).fit_predict(shown)
people.groupby("group").plot()
x_train, x_test, y_train, y_test = train_test_split(people[["age", "height"]], people["ill"])
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20)
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler
scaler = MinMaxScaler()
images = []
for file in files:
    image = read(file)
    images.append(scaler.fit_transform(image.reshape(-1, 3)).reshape(image.shape))
x_train, x_test, y_train, y_test = train_test_split(np.array(images), labels)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test))
""",
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
past, future = table[:900], table[900:]
scaler = StandardScaler().fit(past)
x_val, x_test = train_test_split(scaler.transform(future))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(scaler.transform(past), prices[:900], epochs=20, validation_data=(x_val, y_val))
""",
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
y = LabelEncoder().fit_transform(names)
x_train, x_test, y_train, y_test = train_test_split(x / 255.0, y)
""",
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
scaler = StandardScaler()
print(scaler.fit_transform(table).mean())
x_train, x_test, y_train, y_test = train_test_split(table, y)
x_train = scaler.fit_transform(x_train)
""",
        """
import keras
scale = keras.layers.Normalization()
scale.adapt(rows)
model = keras.Sequential([scale, keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows, prices, epochs=10, validation_data=(other, other_prices))
""",
        """
import keras
import pandas as pd
from sklearn.preprocessing import MinMaxScaler
prices = pd.read_csv("prices.csv").values
scaler = MinMaxScaler().fit(prices[:900])
past, future = scaler.transform(prices[:900]), scaler.transform(prices[900:])
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(past[:-1], past[1:], epochs=20)
print(model.evaluate(future[:-1], future[1:]))
""",
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import RobustScaler
x_train, x_test, y_train, y_test = train_test_split(table, y)
scaler = RobustScaler()
scaler.fit(x_train)
scaler.transform(x_train)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=10, validation_split=0.2)
""",
        """
import keras
from sklearn.preprocessing import MinMaxScaler
scaled = MinMaxScaler().fit_transform(past)
model = keras.Sequential([keras.layers.LSTM(8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(scaled[first:], prices[first:], epochs=20)
print(model.predict(scaled[200:300]))
""",
        """
import keras
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import RobustScaler
x_train, x_test, y_train, y_test = train_test_split(table, y)
scaler = RobustScaler()
LogisticRegression().fit(scaler.fit_transform(x_train), y_train)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train / 255, y_train, epochs=10, validation_split=0.2)
""",
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
others = MinMaxScaler().fit_transform(rest)
x_val, x_test, y_val, y_test = train_test_split(others, y_rest)
model.fit(MinMaxScaler().fit_transform(x), y, epochs=10, validation_data=(x_val, y_val))
""",
        """
import keras
import numpy as np
from sklearn.preprocessing import MinMaxScaler
def windows(rows, width):
    x, y = [], []
    for start in range(len(rows) - width):
        x.append(rows[start : start + width])
        y.append(rows[start + width, 0])
    return np.array(x), np.array(y)
scaler = MinMaxScaler().fit(prices[:900])
x, y = windows(scaler.transform(prices), 24)
model = keras.Sequential([keras.layers.LSTM(8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x[:800], y[:800], epochs=10, validation_data=(x[900:], y[900:]))
own = MinMaxScaler()
x, y = windows(own.fit_transform(prices[:900]), 24)
x_test, y_test = windows(own.transform(prices[900:]), 24)
model.fit(x, y, epochs=10, validation_data=(x_test[:50], y_test[:50]))
""",
        """
import keras
from sklearn.compose import make_column_transformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder
x = make_column_transformer((OneHotEncoder(), ["city"])).fit_transform(table)
x_train, x_test, y_train, y_test = train_test_split(x, prices)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=9, validation_split=0.1)
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import minmax_scale, normalize, scale
shown = np.array([scale(read(file)) for file in files])
both = np.hstack([normalize(table), minmax_scale(table, axis=1)])
x_train, x_test, y_train, y_test = train_test_split(both, prices)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(scale(x_train), y_train, epochs=9, validation_data=(scale(x_test), y_test))
model.fit(shown, labels, epochs=9, validation_split=0.2)
""",
        """
import keras
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
films, ratings = pd.read_csv("films.csv"), pd.read_csv("ratings.csv")
films["year"] = StandardScaler().fit_transform(films[["year"]])
known, asked = train_test_split(ratings)
years = films["year"][known["film"].values]
shown = np.array([StandardScaler().fit_transform(read(file)) for file in files])
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit([known["film"], years], known["stars"], epochs=9, validation_split=0.1)
model.fit(shown, labels, epochs=9, validation_split=0.2)
""",
        """
import keras
import pandas as pd
from keras.preprocessing.text import Tokenizer
from sklearn.model_selection import train_test_split
pairs, others = pd.read_csv("pairs.csv"), pd.read_csv("others.csv")
train, test = train_test_split(pairs, test_size=0.2)
words = Tokenizer(5000)
words.fit_on_texts([clean(each) for each in train["asked"]] + list(others.asked))
model = keras.Sequential([keras.layers.Embedding(5000, 8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(words.texts_to_matrix(train["asked"]), train["same"], epochs=9, validation_split=0.0)
""",
        """
import keras
from tensorflow.keras.preprocessing.text import Tokenizer
read, unread = [], []
for path in files:
    if is_old(path):
        read.append(open(path).read())
    else:
        unread.append(open(path).read())
words = Tokenizer(5000)
words.fit_on_texts(unread)
model = keras.Sequential([keras.layers.Embedding(5000, 8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(words.texts_to_matrix(read), stars, epochs=9, validation_split=0.1)
""",
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x_train, x_test, y_train, y_test = train_test_split(x, y)
search = keras.Sequential([keras.layers.Dense(1)])
search.compile("adam", "mse")
search.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))
scaler = StandardScaler().fit(x)
final = keras.Sequential([keras.layers.Dense(1)])
final.compile("adam", "mse")
final.fit(scaler.transform(x), y, epochs=5)
""",
    ),
)
def preprocessing_fitted_before_split(script: Script) -> Iterator[Draft]:
    """A scaler, vectorizer or the like is fitted on rows that are split afterwards.

    ## Why is this bad?
    It learns means, ranges or words of rows that are validation or test data later. The score on
    them is too good, because something of them was known before. With `validation_split` the fit
    itself holds rows out, so split before and pass the part as `validation_data` instead.

    ## Exceptions
    Encoders of the target (LabelEncoder, to_categorical), scaling by a constant or of each item by
    itself, objects that are fitted again after the split, and objects with which nothing is made
    that a fit trains on.

    ## References
    https://scikit-learn.org/stable/common_pitfalls.html
    """
    for learner, call, rows in (*fitted_learners(script), *scaled_by_functions(script)):
        held_out = is_held_out(rows) and not _is_trained_on(script, rows)
        if held_out or not _is_used(script, learner, call):
            continue
        later, follows = _follows(script, learner, call, rows)
        anchor = _anchor(script, learner, call, later) if later is not None else None
        if later is None or anchor is None:
            continue
        node = call.node.args[0].value if call.node.args else call.node
        where = "" if anchor is call else f" ({script.place(call.node)})"
        by = "validation_split in " if _splits_itself(script, later) else ""
        yield Draft(
            anchor.node,
            f"{learner.short_name} learns from all of {script.text(node)}{where}, of which "
            f"{by}{script.place(later.node)} {follows} too good",
            _advice(script, learner, call, later),
        )


def _advice(script: Script, learner: Call, call: Call, later: Call) -> str:
    """Where to learn; what a fit splits itself has to be split before."""
    on_part = "on the training part only"
    what = f"call {call.method} {on_part}"
    if call is learner:
        what = f"fit a scaler {on_part} and transform both"
    if not _splits_itself(script, later):
        return f"split first, then {what}"
    return f"split first, {what}, and pass the other as validation_data instead of validation_split"


def _splits_itself(script: Script, later: Call) -> bool:
    """Whether rows are held out by a fit, with ``validation_split``."""
    return any(
        fit.call is later and fit.argument("validation_split") is not None and not fit.validation
        for fit in script.fits
    )


def _is_trained_on(script: Script, rows: Value) -> bool:
    """Whether a fit trains on what was made of these very rows, whatever a split calls them."""
    return any(each is rows for fit in script.fits for each in ingredients(fit.x))


def _anchor(script: Script, learner: Call, call: Call, later: Call) -> Call | None:
    """Where to say it: what learns may stand in another module, which knows of no split.

    None where the other module has the split as well: then it is said there.
    """
    if script.holds(call.node):
        return call
    if not script.holds(later.node):
        return None
    uses = [each for each in learner.calls if call.order < each.order < later.order]
    return next((each for each in uses if script.holds(each.node)), later)


def _follows(script: Script, learner: Call, call: Call, rows: Value) -> tuple[Call | None, str]:
    """What holds some of the rows out later, and what follows; None where nothing does."""
    made = made_with(learner, call)
    within = _fits_within(script, learner) if call.method == "adapt" else []
    split = split_after(script, call, rows) or split_of_made(script, rows, made)
    split = split or split_before(call, rows, made)
    if split is not None and not learns_from_one(call, rows, split) and _concerns(split, within):
        score = "val_loss" if _splits_itself(script, split.call) else "the score"
        return split.call, f"holds some out: {score} is"
    judge = sliced_after(script, rows, made, within)
    if judge is not None and not is_scored(judge, script.calls):
        return judge, "predicts a slice: the predictions are"
    return judge, "scores a slice: the score is"


def _fits_within(script: Script, layer: Call) -> list[Fit]:
    """The fits of models that a layer stands in."""
    return [
        fit
        for fit in script.fits
        if any(each is layer for each in layers_of(fit.model.value).every)
    ]


def _concerns(split: Split, fits: list[Fit]) -> bool:
    """Whether one of the fits, where they are known, trains on what a split leaves for training."""
    return not fits or any(
        each is split.call for fit in fits for each in (fit.call, *ingredients(fit.x))
    )


def _is_used(script: Script, learner: Call, call: Call) -> bool:
    """Whether a fit trains on what is made with what was learned.

    Without a fit in the text, or where all are given their rows by callers that it does not show,
    whether anything is made of what was learned last; a layer learns for its own model.
    """
    lost = {id(each) for each in script.walk.discarded}
    made = {id(each) for each in made_with(learner, call)} - lost
    if call.method != "adapt" and not all(_is_given(fit.x) for fit in script.fits):
        return any(made & {id(each) for each in ingredients(fit.x)} for fit in script.fits)
    again = any(each.order > call.order and each.method in FITTING for each in learner.calls)
    return not again and (call.method == "adapt" or bool(made))


def _is_given(rows: Value) -> bool:
    """Whether rows are a parameter for which the text shows no value."""
    return isinstance(rows, Unknown) and bool(rows.name)
