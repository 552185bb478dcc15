"""Every threshold of the analysis, with the figure that justifies it.

The figures come from ``tests/benchmarks/history_accuracy.py --synthetic``: curves whose true
course is known, over 7 to 400 epochs and noise of 0.2 to 10 % of the loss.
"""

CONFIDENCE = 0.90
"""What the intervals claim."""

FEWEST_EPOCHS = 5
"""With fewer epochs than this no course can be told from noise."""

MEANINGFUL_RISE = 0.03
"""A rise smaller than this share of the lowest validation loss is not called overfitting."""

RISE_EVIDENCE = 3.5
"""A rise is beyond the noise where a V-shaped course fits better than a falling one by this many
noise variances times the logarithm of the number of epochs. Without a rise, 95 % of series stay
below it: measured quantiles 6.7 (7 epochs), 9.8 (20), 16.0 (100) and 22.4 (400) against 6.8, 10.5,
16.1 and 21.0."""

DOUBTFUL = 0.5
"""From this share of that evidence on, a large rise is neither believed nor denied."""

ONSET_PROFILE = 3.8
"""Epochs whose best V-shaped course is this many noise variances worse at most may be the onset.
Measured coverage of the interval, 90 % claimed: 85 % with 2.7 (chi-square with one degree of
freedom), 90 % with 3.8, 95 % with 5.0."""

BEND = 0.5
"""The curvature of the epochs before a drop widens its interval where it is this many of its
standard deviations. Measured at epochs without a drop, validation and training: called an effect
5.8 and 8.7 % with 1.0, 4.0 and 5.5 % with 0.5; in the 90 % interval 92.6 and 89.9 % with 0.5."""

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
