"""Scores with their uncertainty.

Labels are indicator matrices, float [n, n_labels]; macro-F1 is the mean of the columns' F1. Intervals are
percentile bootstraps over comments (Efron 1979), all columns counted in the same resamples.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.decode import Tags
from model.taxonomy import Taxonomy
from training.corpus import Record

Matrix = NDArray[np.float64]
Indices = NDArray[np.int64]
N_RESAMPLES = 2000


def stance_indices(records: Sequence[Record], taxonomy: Taxonomy) -> Indices:
    """Each record's stance as its index in the taxonomy, int64 [n]; zeros where there are no stances."""
    if not taxonomy.stances:
        return np.zeros(len(records), np.int64)
    return np.array([taxonomy.stance_ids.index(r.stance or "") for r in records], np.int64)


def multi_hot(records: Sequence[Record], taxonomy: Taxonomy) -> Matrix:
    """Each record's themes as indicators, float64 [n, n_themes]."""
    return np.array([[float(t in r.themes) for t in taxonomy.theme_ids] for r in records]).reshape(
        len(records), len(taxonomy.themes)
    )


def truth_of(records: Sequence[Record], taxonomy: Taxonomy) -> Matrix:
    """All labels of the records as indicators, float64 [n, n_labels], in the taxonomy's order."""
    n_stances = len(taxonomy.stances)
    stances = np.eye(n_stances)[stance_indices(records, taxonomy)] if n_stances else np.zeros((len(records), 0))
    return np.hstack([stances, multi_hot(records, taxonomy)])


def predicted_of(tags: Sequence[Tags], taxonomy: Taxonomy) -> Matrix:
    """All assigned labels as indicators, float64 [n, n_labels], in the taxonomy's order."""
    rows = [
        [*(float(t.stance == s) for s in taxonomy.stance_ids), *(float(i in t.themes) for i in taxonomy.theme_ids)]
        for t in tags
    ]
    return np.array(rows).reshape(len(tags), len(taxonomy.labels))


def label_groups(taxonomy: Taxonomy) -> dict[str, list[int]]:
    """The columns of the groups that macro-F1 is reported for; a group without labels is left out."""
    n_stances = len(taxonomy.stances)
    groups = {
        "stance": list(range(n_stances)),
        "core themes": [n_stances + i for i, t in enumerate(taxonomy.themes) if t.tier == "core"],
        "all themes": [n_stances + i for i in range(len(taxonomy.themes))],
    }
    return {name: columns for name, columns in groups.items() if columns}


def f1_of(counts: NDArray[Any]) -> NDArray[Any]:
    """F1 from (true positives, predicted, actual) in the last axis; 0 where there is nothing to find or say."""
    tp, predicted, actual = np.moveaxis(counts, -1, 0)
    return np.asarray(2 * tp / np.maximum(predicted + actual, 1e-12))


def counts_of(truth: Matrix, predicted: Matrix, weights: Matrix | None = None) -> NDArray[Any]:
    """(true positives, predicted, actual) per label, [..., n_labels, 3]; `weights` [..., n] counts comments."""
    w = np.ones(len(truth)) if weights is None else weights
    return np.stack([w @ (truth * predicted), w @ predicted, w @ truth], axis=-1)


def macro_f1(truth: Matrix, predicted: Matrix) -> float:
    """Mean F1 over the columns of two indicator matrices [n, n_labels]."""
    return float(f1_of(counts_of(truth, predicted)).mean())


def resample_weights(n: int, *, seed: int = 0) -> Matrix:
    """How often each of n comments is drawn in each bootstrap resample, float64 [N_RESAMPLES, n]."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES).astype(np.float64)


def interval(samples: NDArray[Any]) -> tuple[float, float]:
    """The central 95 % of bootstrap samples."""
    low, high = np.percentile(samples, [2.5, 97.5])
    return float(low), float(high)


def expected_calibration_error(confidence: Matrix, correct: Matrix, *, n_bins: int = 10) -> float:
    """ECE with equal-width bins (Naeini et al. 2015), from probabilities and 0/1 outcomes, both [n]."""
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = [
        abs(float(confidence[bins == b].mean()) - float(correct[bins == b].mean())) * float((bins == b).mean())
        for b in np.unique(bins)
    ]
    return float(sum(gaps))
