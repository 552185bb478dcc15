"""Every threshold of the analysis, with the figure that justifies it.

The figures come from ``tests/benchmarks/history_accuracy.py --synthetic``: curves whose true
course is known, over 7 to 400 epochs and noise of 0.2 to 10 % of the loss, the noise of a quarter
of them correlated by 0.3 from one epoch to the next.
"""

CONFIDENCE = 0.90
"""What the intervals claim."""

FEWEST_EPOCHS = 5
"""With fewer epochs than this no course can be told from noise."""

MEANINGFUL_RISE = 0.04
"""A rise smaller than this share of the lowest validation loss is not called overfitting."""

RISE_EVIDENCE = 1.5
"""A rise is beyond the noise where a V-shaped course fits better than a falling one by this many
noise variances times the logarithm of the number of epochs."""

WANDER_BLOCKS = ((2, 12), (4, 48), (8, 96))
"""Epochs of the blocks whose means tell how far the noise wanders, and from how many epochs on."""

DOUBTFUL = 0.5
"""From this share of that evidence on, a large rise is neither believed nor denied."""

ONSET_PROFILE = 0.65
"""Epochs whose best V-shaped course is at most this many noise variances times the logarithm of the
number of epochs worse may be the onset."""

GROWN_GAP = 0.10
"""A gap has grown where training loss fell by this share of a validation loss that stood still."""

DAMPING = 0.7
"""Of the slope before a drop, this share is expected to go on after it."""

DAMPING_FROM = 6
"""With fewer epochs before a drop, the line through them is carried on as it is."""

SLOPE_DOUBT = 0.03
"""The variance of the share of the slope that goes on."""

BEND_DOUBT = 0.5
"""The share of the squared curvature, carried on, that is added to the squared error."""

BEND_DOUBT_OF_FEW = 0.2
"""The same with fewer than `DAMPING_FROM` epochs before a drop, whose curvature is mostly noise."""

LITTLE_REGRET = 0.01
"""A stop that keeps an epoch this much worse than the best, as a share of it, is good enough."""

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
