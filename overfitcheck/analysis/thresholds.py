"""Every threshold of the analysis, with the figure that justifies it.

The figures are measured on 250 small Keras networks whose true risk is known, seen through
validation sets of 50 to 5,000 samples: the runs of even seeds of ``make_histories.py`` in
``tests/benchmarks``, where ``sweep_thresholds.py`` prints what other values would do. The runs of
odd seeds are for checking and chose nothing. Of what other people have labelled, two short logs
(rises of 4 and 5 % over 10 epochs) were seen before `MEANINGFUL_RISE` and the two epochs of the
shortest level were settled, between values that the runs do not tell apart.

"Macro-F1" is that of overfitting, "covers" how often an interval of 90 % holds the truth, "called"
how often an epoch without a drop is called an effect.
"""

CONFIDENCE = 0.90
"""What the intervals claim."""

FEWEST_EPOCHS = 5
"""With fewer epochs than this no course can be told from noise: four have two second differences,
and the noise that they show is wrong by more than a factor of two in 30 % of cases."""

MEANINGFUL_RISE = 0.04
"""A rise smaller than this share of the lowest validation loss is not called overfitting. Macro-F1
.890 with 2 %, .904 with 3 %, .911 with 4 %, .908 with 5 %, where a true rise counts from 4 % on."""

RISE_EVIDENCE = 1.5
"""A rise is beyond the noise where a V-shaped course fits better than a falling one by this many
noise variances times the logarithm of the number of epochs. Macro-F1 .922 with 0.5, .911 with 1.5,
.902 with 2.5; but independent noise of 6 % around a course that levels off over 30 epochs is called
a rise in 25 %, 5 % and 0.5 %, and noise correlated by 0.3 in 35 %, 7 % and 2 %. The runs, whose
validation sets stay the same, have little of such noise; validation on random batches has more."""

WANDER_BLOCKS = ((2, 12), (4, 48), (8, 96))
"""Epochs of the blocks whose means tell how far the noise wanders, and from how many epochs on.
Without them, noise of 6 % correlated by 0.3 is called a rise in 25 % of courses over 30 epochs and
33 % over 100, with them in 10 % and 2 %."""

DOUBTFUL = 0.5
"""From this share of that evidence on, a rise twice as large as `MEANINGFUL_RISE` is neither
believed nor denied."""

ONSET_PROFILE = 0.65
"""Epochs whose best V-shaped course is at most this many noise variances times the logarithm of the
number of epochs worse may be the onset. The interval covers 87.9 % with 0.4, 90.7 % with 0.65,
93.5 % with 1.0; with the 2.7 variances of chi-square, whatever the number of epochs, independent
noise over 400 epochs leaves it at 74 %."""

GROWN_GAP = 0.10
"""A gap has grown where training loss fell by this share of a validation loss that stood still."""

DAMPING = 0.7
"""Of the slope before a drop, this share is expected to go on after it. The change of training loss
is then told 0.7 % of its level too high (median, against twins that did not drop), 1.5 % with 0.85
and 2.2 % with a straight line."""

DAMPING_FROM = 6
"""With fewer epochs before a drop, the line through them is carried on as it is: a slope of four or
five epochs is more noise than flattening."""

SLOPE_DOUBT = 0.02
"""The variance of the share of the slope that goes on. With it the interval covers 95.0 % for
training and 88.5 % for validation loss, with half of it 93.8 % and 86.5 %, with 0.03 95.2 % and
89.5 %."""

BEND_DOUBT = 0.6
"""The share of the squared curvature, carried on, that is added to the squared error. With it,
2.3 % of the epochs without a drop are called for training and 4.7 % for validation loss, 2.7 % and
5.4 % with 0.4."""

BEND_DOUBT_OF_FEW = 0.2
"""The same with fewer than `DAMPING_FROM` epochs before a drop, whose curvature is mostly noise: it
covers 93 % for training and 90 % for validation loss there, 86 % and 75 % without, 95 % and 93 %
with 0.4."""

LITTLE_REGRET = 0.01
"""A stop that keeps an epoch this much worse than the best, as a share of it, is good enough: the
mean regret of the best epochs themselves is 1.2 % of the true risk."""

TREND_EPOCHS = 8
"""Epochs before a drop that its trend is fitted to (at least `FEWEST_BEFORE`). Damped by a half,
a line through them foretells training loss to 2.3 times its noise (root mean square), one through
6 epochs to 2.2 and one through 12 to 3.0; more of them tell the noise better."""

FEWEST_BEFORE = 4
FEWEST_AFTER = 3

EFFECT_EPOCHS = 3
"""Epochs after a drop whose mean is the immediate effect."""

VERDICT_CONFIDENCE = 0.95
"""A drop is called helpful or harmful where an interval this wide excludes zero: at most 6 % of the
epochs without a drop are then called an effect, for each kind of curve."""

MEANINGFUL_EFFECT = 0.01
"""An effect smaller than this share of the metric's level (or of a tenth of its range, where that
is more) is not called help or harm, however certain it is."""

DROP_RATIO = 0.97
"""A rate that falls by less than 3 % did not drop: it was rounded, or decays smoothly."""

EXPLOSION = 3.0
"""Training loss this many times as far above its lowest value as it ever fell has diverged."""
