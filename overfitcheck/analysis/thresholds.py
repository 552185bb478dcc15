"""Every threshold of the analysis, with the figure that justifies it.

The figures come from ``tests/benchmarks/history_accuracy.py --synthetic``: curves whose true
course is known, over 7 to 400 epochs and noise of 0.2 to 10 % of the loss, the noise of a quarter
of them correlated by 0.3 from one epoch to the next.
"""

CONFIDENCE = 0.90
"""What the intervals claim."""

FEWEST_EPOCHS = 5
"""With fewer epochs than this no course can be told from noise."""

MEANINGFUL_RISE = 0.03
"""A rise smaller than this share of the lowest validation loss is not called overfitting."""

RISE_EVIDENCE = 2.5
"""A rise is beyond the noise where a V-shaped course fits better than a falling one by this many
noise variances times the logarithm of the number of epochs. Macro-F1 of overfitting .937 with 2.0,
.940 with 2.5, .938 with 3.0, .934 with 3.5. Series that level off, with noise of 4 %, are then
called overfitting in 0.5 % (16 epochs), 4 % (30), 6 % (80) and 10 % (400)."""

WANDER_BLOCKS = ((2, 12), (4, 48), (8, 96))
"""Epochs of the blocks whose means tell how far the noise wanders, and from how many epochs on.
Estimates from fewer epochs are too large (1.27 instead of 1.13 times the truth at 30 epochs).
Without this, noise correlated by 0.3 is called overfitting in 14 % of 30 epochs, 44 % of 400."""

DOUBTFUL = 0.5
"""From this share of that evidence on, a large rise is neither believed nor denied."""

ONSET_PROFILE = 0.7
"""Epochs whose best V-shaped course is at most this many noise variances times the logarithm of the
number of epochs worse may be the onset. Measured coverage of the interval, 90 % claimed: 95 %, from
88 % at 400 epochs to 99 % at 10. With a fixed 2.7, the quantile of chi-square with one degree of
freedom, it was 74 % at 400 epochs: a V-shaped course has more freedom there."""

BEND = 0.5
"""The curvature of the epochs before a drop widens its interval where it is this many of its
standard deviations, and leads away from the level already reached. With it, epochs without a drop
are called an effect in at most 6 % where 8 epochs stand before them, in 1 to 4 % without
curvature; with 4 or 5 epochs curvature cannot be seen, and noise-free valleys give up to 16 %."""

TREND_EPOCHS = 8
"""Epochs before a drop that its trend is fitted to (at least `FEWEST_BEFORE`)."""

FEWEST_BEFORE = 4
FEWEST_AFTER = 3

EFFECT_EPOCHS = 3
"""Epochs after a drop whose mean is the immediate effect."""

VERDICT_CONFIDENCE = 0.95
"""A drop is called helpful or harmful where an interval this wide excludes zero."""

MEANINGFUL_EFFECT = 0.01
"""An effect smaller than this share of the metric's level (or of a tenth of its range, where that
is more) is not called help or harm, however certain it is."""

DROP_RATIO = 0.97
"""A rate that falls by less than 3 % did not drop: it was rounded, or decays smoothly."""

EXPLOSION = 3.0
"""Training loss this many times as far above its lowest value as it ever fell has diverged."""
