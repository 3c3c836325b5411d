"""Logits → tags. Pure, and the only place where probabilities are calibrated and thresholds applied."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Calibration
from model.runtime import Floats
from model.taxonomy import Taxonomy
from model.text import Encoded, count_tokens

DECIMALS = 4

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence without which `label` (`stance/…` or `theme/…`) loses most, and the drop in probability."""

    label: str
    sentence: str
    start: int
    end: int
    drop: float


@dataclass(frozen=True, slots=True)
class Tags:
    """What the tagger says of one comment. Probabilities are calibrated; themes come most probable first."""

    stance: str | None
    stance_probabilities: dict[str, float]
    themes: tuple[str, ...]
    theme_probabilities: dict[str, float]
    needs_review: bool
    n_tokens: int
    n_windows: int
    evidence: tuple[Evidence, ...] | None = None

    def with_evidence(self, evidence: Sequence[Evidence]) -> "Tags":
        return replace(self, evidence=tuple(evidence))

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that HTTP answers and archive rows share; probabilities to four decimals."""
        stance = None
        if self.stance is not None:
            stance = {"label": self.stance, "probabilities": _rounded(self.stance_probabilities)}
        evidence = None
        if self.evidence is not None:
            evidence = [
                {
                    "label": e.label,
                    "sentence": e.sentence,
                    "start": e.start,
                    "end": e.end,
                    "drop": _round(e.drop),
                }
                for e in self.evidence
            ]
        return {
            "stance": stance,
            "themes": [{"label": t, "probability": _round(self.theme_probabilities[t])} for t in self.themes],
            "theme_probabilities": _rounded(self.theme_probabilities),
            "needs_review": self.needs_review,
            "tokens": self.n_tokens,
            "windows": self.n_windows,
            "evidence": evidence,
        }


def decode(logits: Floats, encoded: Encoded, *, taxonomy: Taxonomy, calibration: Calibration) -> Tags:
    """Tags of one comment from its windows' logits, float32 [n_windows, n_labels].

    The stance is the length-weighted mean of the windows' logits, a theme their maximum.
    """
    stances, themes = probabilities(pool(logits, encoded, taxonomy=taxonomy), taxonomy, calibration)
    stance, review = None, False
    if calibration.stance is not None:
        stance = taxonomy.stance_ids[int(np.argmax(stances))]
        review = int(np.sum(stances >= calibration.stance.set_threshold)) != 1
    assigned: dict[str, float] = {}
    for theme, p in zip(taxonomy.theme_ids, themes.tolist(), strict=True):
        is_assigned = p >= calibration.themes[theme].threshold
        if is_assigned:
            assigned[theme] = p
        review |= (1 - p if is_assigned else p) > calibration.theme_risk
    return Tags(
        stance=stance,
        stance_probabilities=dict(zip(taxonomy.stance_ids, stances.tolist(), strict=True)),
        themes=tuple(sorted(assigned, key=lambda theme: -assigned[theme])),
        theme_probabilities=dict(zip(taxonomy.theme_ids, themes.tolist(), strict=True)),
        needs_review=review,
        n_tokens=count_tokens(encoded),
        n_windows=len(encoded),
    )


def pool(logits: Floats, encoded: Encoded, *, taxonomy: Taxonomy) -> Doubles:
    """One comment's logits, float64 [n_labels], from those of its windows [n_windows, n_labels]."""
    weights = [window.n_comment_tokens for window in encoded]
    n_stances = len(taxonomy.stances)
    stance = np.average(logits[:, :n_stances].astype(np.float64), axis=0, weights=weights)
    return np.concatenate([stance, logits[:, n_stances:].max(axis=0)])


def probabilities(logits: Doubles, taxonomy: Taxonomy, calibration: Calibration) -> tuple[Doubles, Doubles]:
    """Calibrated probabilities of the stances (they sum to 1) and of the themes, from logits [n_labels]."""
    n_stances = len(taxonomy.stances)
    stances = np.zeros(0)
    if calibration.stance is not None:
        scaled = logits[:n_stances] / calibration.stance.temperature
        stances = np.exp(scaled - scaled.max())
        stances /= stances.sum()
    platt = [calibration.themes[theme] for theme in taxonomy.theme_ids]
    slopes, intercepts = np.array([p.slope for p in platt]), np.array([p.intercept for p in platt])
    themes = 1 / (1 + np.exp(-np.clip(slopes * logits[n_stances:] + intercepts, -60, 60)))
    return stances, themes


def _round(p: float) -> float:
    return round(p, DECIMALS)


def _rounded(ps: dict[str, float]) -> dict[str, float]:
    return {label: _round(p) for label, p in ps.items()}
