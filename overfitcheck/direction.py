"""Whether a metric gets better upwards or downwards, by Keras's own tables and common names."""

from __future__ import annotations

import re
from enum import Enum


class Direction(Enum):
    """Which way a metric improves."""

    UP = "up"
    DOWN = "down"


UP = frozenset(
    "acc accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy "
    "top_k_categorical_accuracy sparse_top_k_categorical_accuracy auc precision recall f1_score "
    "f1 fbeta_score cosine_similarity io_u mean_io_u iou mean_iou binary_io_u one_hot_io_u "
    "one_hot_mean_io_u r2_score pearson_correlation concordance_correlation "
    "precision_at_recall recall_at_precision sensitivity_at_specificity "
    "specificity_at_sensitivity dice_coef dice_coefficient jaccard".split()
)
"""Metrics that Keras 3 marks ``_direction = "up"``, and names in common use for such metrics."""

COUNTS = {
    "true_positives": Direction.UP,
    "true_negatives": Direction.UP,
    "false_positives": Direction.DOWN,
    "false_negatives": Direction.DOWN,
}
"""Metrics of Keras that Keras itself tells no direction of."""

DOWN = frozenset(
    "loss binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy hinge "
    "squared_hinge categorical_hinge kl_divergence log_cosh mae mse mape msle rmse "
    "mean_absolute_error mean_squared_error mean_absolute_percentage_error "
    "mean_squared_logarithmic_error root_mean_squared_error poisson".split()
)

UP_WORDS = frozenset(
    "acc accuracy auc auroc precision recall f1 f2 fbeta dice iou miou jaccard kappa specificity "
    "sensitivity psnr ssim ndcg mrr".split()
)
"""Words of names in common use for metrics that improve upwards (``f1_m``, ``my_iou``)."""

DOWN_WORDS = frozenset(
    "loss error errors mse mae rmse mape entropy crossentropy distance divergence perplexity "
    "deviation".split()
)
"""Words of names for metrics that improve downwards; ``dice_loss`` is one."""

NUMBERED = re.compile(r"_\d+$")


def direction_of(monitor: str) -> Direction | None:
    """Which way ``val_auc_1`` or ``loss`` improves; None where neither Keras nor the name tells."""
    name = _stem(monitor)
    if name in COUNTS:
        return COUNTS[name]
    if name in UP or name in DOWN:
        return Direction.UP if name in UP else Direction.DOWN
    words = set(re.split(r"[^a-z0-9]+", name))
    if words & DOWN_WORDS:
        return Direction.DOWN
    return Direction.UP if words & UP_WORDS else None


def is_count(monitor: str) -> bool:
    """Whether it is a metric of Keras that Keras 3 tells no direction of."""
    return _stem(monitor) in COUNTS


def _stem(monitor: str) -> str:
    return NUMBERED.sub("", monitor.removeprefix("val_")).lower()
