"""A saved checkpoint and its baselines against labelled records, scored through the Tagger."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.tagger import Tagger
from model.taxonomy import Taxonomy
from training.baselines import majority, tfidf_logistic_regression
from training.corpus import Record
from training.metrics import (
    Matrix,
    counts_of,
    expected_calibration_error,
    f1_of,
    interval,
    multi_hot,
    resample_weights,
    stance_indices,
)


@dataclass(frozen=True, slots=True)
class Score:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Row:
    """One label's precision, recall, F1 and number of examples."""

    label: str
    precision: float
    recall: float
    f1: Score
    n: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A system's scores: macro-F1 by group of labels (stance, core themes, all themes), and a row a label."""

    system: str
    n_comments: int
    macro_f1: dict[str, Score]
    rows: tuple[Row, ...]
    calibration: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """JSON form: `{"system", "n_comments", "macro_f1": {group: [value, low, high]}, "labels", "calibration"}`."""
        return {
            "system": self.system,
            "n_comments": self.n_comments,
            "macro_f1": {g: [round(x, 4) for x in (s.value, s.low, s.high)] for g, s in self.macro_f1.items()},
            "labels": {r.label: {"f1": round(r.f1.value, 4), "n": r.n} for r in self.rows},
            "calibration": {name: round(value, 4) for name, value in self.calibration.items()},
        }


def evaluate(tagger: Tagger, records: Sequence[Record]) -> Evaluation:
    """Score a tagger on `records`, as any caller would use it."""
    taxonomy = tagger.taxonomy
    tags = tagger.tag([record.comment for record in records])
    stances = np.array([[float(t.stance == s) for s in taxonomy.stance_ids] for t in tags]).reshape(len(tags), -1)
    themes = np.array([[float(i in t.themes) for i in taxonomy.theme_ids] for t in tags]).reshape(len(tags), -1)
    calibration: dict[str, float] = {"share marked for review": float(np.mean([t.needs_review for t in tags]))}
    if taxonomy.stances:
        truth = stance_indices(records, taxonomy)
        p = np.array([[t.stance_probabilities[s] for s in taxonomy.stance_ids] for t in tags])
        right = (p.argmax(1) == truth).astype(float)
        calibration["stance ECE"] = expected_calibration_error(p.max(1), right)
        sure = np.array([not t.needs_review for t in tags])
        if sure.any():
            calibration["stance accuracy where not marked"] = float(right[sure].mean())
    if taxonomy.themes:
        p = np.array([[t.theme_probabilities[i] for i in taxonomy.theme_ids] for t in tags])
        calibration["theme ECE"] = expected_calibration_error(p.ravel(), multi_hot(records, taxonomy).ravel())
    return _score("gpcomments", records, np.hstack([stances, themes]), taxonomy, calibration)


def evaluate_baselines(train: Sequence[Record], records: Sequence[Record], taxonomy: Taxonomy) -> list[Evaluation]:
    """The same scores for the majority label and for TF-IDF with logistic regression, both fitted on `train`."""
    systems = {"majority": majority, "TF-IDF + LR": tfidf_logistic_regression}
    return [_score(name, records, fit(train, records, taxonomy), taxonomy, {}) for name, fit in systems.items()]


def _score(
    system: str, records: Sequence[Record], predicted: Matrix, taxonomy: Taxonomy, calibration: dict[str, float]
) -> Evaluation:
    """Scores from predicted indicators [n, n_labels] in the taxonomy's order of labels."""
    n_stances = len(taxonomy.stances)
    stances = np.eye(n_stances)[stance_indices(records, taxonomy)] if n_stances else np.zeros((len(records), 0))
    truth = np.hstack([stances, multi_hot(records, taxonomy)])
    counts = counts_of(truth, predicted)
    f1, resampled = f1_of(counts), f1_of(counts_of(truth, predicted, resample_weights(len(records))))
    groups = {
        "stance": list(range(n_stances)),
        "core themes": [n_stances + i for i, t in enumerate(taxonomy.themes) if t.tier == "core"],
        "all themes": [n_stances + i for i in range(len(taxonomy.themes))],
    }
    macro = {
        name: Score(float(f1[columns].mean()), *interval(resampled[:, columns].mean(axis=1)))
        for name, columns in groups.items()
        if columns
    }
    rows = []
    for i, label in enumerate(taxonomy.labels):
        tp, n_predicted, n_actual = counts[i]
        precision, recall = tp / max(n_predicted, 1), tp / max(n_actual, 1)
        rows.append(Row(label, precision, recall, Score(float(f1[i]), *interval(resampled[:, i])), int(n_actual)))
    return Evaluation(system, len(records), macro, tuple(rows), calibration)
