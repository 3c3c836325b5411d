"""A saved checkpoint and its baselines against labelled records, scored through the Tagger."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from model.decode import Tags
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
    label_groups,
    multi_hot,
    predicted_of,
    resample_weights,
    stance_indices,
    truth_of,
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
class Part:
    """Scores on the comments that show one difficulty: stance accuracy, and F1 over all theme calls together."""

    mark: str
    stance_accuracy: Score
    theme_f1: Score
    n: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A system's scores: macro-F1 by group of labels (stance, core themes, all themes), and a row a label; for the
    model also how its probabilities hold and how it does on each hard part."""

    system: str
    n_comments: int
    macro_f1: dict[str, Score]
    rows: tuple[Row, ...]
    calibration: dict[str, float] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON form: `{"system", "n_comments", "macro_f1": {group: [value, low, high]}, "labels", …}`."""
        return {
            "system": self.system,
            "n_comments": self.n_comments,
            "macro_f1": {g: [round(x, 4) for x in (s.value, s.low, s.high)] for g, s in self.macro_f1.items()},
            "labels": {r.label: {"f1": round(r.f1.value, 4), "n": r.n} for r in self.rows},
            "calibration": {name: round(value, 4) for name, value in self.calibration.items()},
            "hard_parts": {
                p.mark: {"stance": round(p.stance_accuracy.value, 4), "themes": round(p.theme_f1.value, 4), "n": p.n}
                for p in self.parts
            },
        }


def evaluate(tagger: Tagger, records: Sequence[Record]) -> Evaluation:
    """Score a tagger on `records`, as any caller would use it."""
    taxonomy = tagger.taxonomy
    tags = tagger.tag([record.comment for record in records])
    predicted = predicted_of(tags, taxonomy)
    scored = _score("gpcomments", records, predicted, taxonomy)
    return replace(
        scored, calibration=_calibration(records, tags, taxonomy), parts=_by_hard_part(records, predicted, taxonomy)
    )


def _calibration(records: Sequence[Record], tags: Sequence[Tags], taxonomy: Taxonomy) -> dict[str, float]:
    figures = {"share marked for review": float(np.mean([t.needs_review for t in tags]))}
    if taxonomy.stances:
        truth = stance_indices(records, taxonomy)
        p = np.array([[t.stance_probabilities[s] for s in taxonomy.stance_ids] for t in tags])
        right = (p.argmax(1) == truth).astype(float)
        figures["stance accuracy"] = float(right.mean())
        figures["stance ECE"] = expected_calibration_error(p.max(1), right)
        sure = np.array([not t.needs_review for t in tags])
        if sure.any():
            figures["stance accuracy where not marked"] = float(right[sure].mean())
    if taxonomy.themes:
        p = np.array([[t.theme_probabilities[i] for i in taxonomy.theme_ids] for t in tags])
        figures["theme ECE"] = expected_calibration_error(p.ravel(), multi_hot(records, taxonomy).ravel())
    return figures


def _by_hard_part(records: Sequence[Record], predicted: Matrix, taxonomy: Taxonomy) -> tuple[Part, ...]:
    """Scores on the comments with each mark of `hard`, and on those with none; empty where nothing is marked."""
    marks = sorted({mark for record in records for mark in record.hard})
    members = {mark: [i for i, r in enumerate(records) if mark in r.hard] for mark in marks}
    members["none of them"] = [i for i, r in enumerate(records) if not r.hard]
    truth, n_stances = truth_of(records, taxonomy), len(taxonomy.stances)
    parts = []
    for mark, rows in members.items():
        if not rows or not marks:
            continue
        weights = resample_weights(len(rows))
        right = (truth[rows] * predicted[rows])[:, :n_stances].sum(axis=1)
        counts = counts_of(truth[rows], predicted[rows])[n_stances:].sum(axis=0)
        resampled = counts_of(truth[rows], predicted[rows], weights)[:, n_stances:].sum(axis=1)
        stance = Score(float(right.mean()), *interval(weights @ right / len(rows)))
        parts.append(Part(mark, stance, Score(float(f1_of(counts)), *interval(f1_of(resampled))), len(rows)))
    return tuple(parts)


def evaluate_baselines(train: Sequence[Record], records: Sequence[Record], taxonomy: Taxonomy) -> list[Evaluation]:
    """The same scores for the majority label and for TF-IDF with logistic regression, both fitted on `train`."""
    systems = {"majority": majority, "TF-IDF + LR": tfidf_logistic_regression}
    return [_score(name, records, fit(train, records, taxonomy), taxonomy) for name, fit in systems.items()]


def _score(system: str, records: Sequence[Record], predicted: Matrix, taxonomy: Taxonomy) -> Evaluation:
    """Scores from predicted indicators [n, n_labels] in the taxonomy's order of labels."""
    truth = truth_of(records, taxonomy)
    counts = counts_of(truth, predicted)
    f1, resampled = f1_of(counts), f1_of(counts_of(truth, predicted, resample_weights(len(records))))
    macro = {
        name: Score(float(f1[columns].mean()), *interval(resampled[:, columns].mean(axis=1)))
        for name, columns in label_groups(taxonomy).items()
    }
    rows = []
    for i, label in enumerate(taxonomy.labels):
        tp, n_predicted, n_actual = counts[i]
        precision, recall = tp / max(n_predicted, 1), tp / max(n_actual, 1)
        rows.append(Row(label, precision, recall, Score(float(f1[i]), *interval(resampled[:, i])), int(n_actual)))
    return Evaluation(system, len(records), macro, tuple(rows))
