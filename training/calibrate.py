"""What decode needs besides logits, fitted on validation.

Temperature for the stances (Guo et al. 2017), Platt scaling for each theme with enough examples (Platt 1999),
the threshold that maximises each theme's F1, and the split-conformal threshold of stance sets
(Sadinle, Lei & Wasserman 2019).
"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax
from sklearn.linear_model import LogisticRegression

from model.checkpoint import Calibration, StanceCalibration, ThemeCalibration
from model.taxonomy import Taxonomy
from training.config import Config
from training.metrics import Indices, Matrix, counts_of, f1_of

MIN_EXAMPLES = 20
THRESHOLDS = np.round(np.arange(0.05, 0.951, 0.01), 2)


def calibrate(logits: Matrix, stances: Indices, themes: Matrix, taxonomy: Taxonomy, config: Config) -> Calibration:
    """Fit on validation: logits [n, n_labels], stance indices [n], theme indicators [n, n_themes]."""
    n_stances = len(taxonomy.stances)
    stance = _stance(logits[:, :n_stances], stances, config.stance_risk) if n_stances else None
    fitted = {theme: _theme(logits[:, n_stances + i], themes[:, i]) for i, theme in enumerate(taxonomy.theme_ids)}
    return Calibration(stance=stance, themes=fitted, theme_risk=config.theme_risk)


def _stance(logits: Matrix, truth: Indices, risk: float) -> StanceCalibration:
    rows = np.arange(len(truth))

    def nll(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, truth].mean())

    temperature = float(np.exp(minimize_scalar(nll, bounds=(-2.0, 2.0), method="bounded").x))
    scores = np.sort(1 - softmax(logits / temperature, axis=1)[rows, truth])
    rank = min(len(scores), int(np.ceil((len(scores) + 1) * (1 - risk))))
    return StanceCalibration(temperature=temperature, set_threshold=float(1 - scores[rank - 1]), risk=risk)


def _theme(logits: Matrix, truth: Matrix) -> ThemeCalibration:
    slope, intercept = 1.0, 0.0
    if min(truth.sum(), len(truth) - truth.sum()) >= MIN_EXAMPLES:
        platt = LogisticRegression(C=1.0).fit(logits[:, None], truth)
        if platt.coef_[0, 0] > 0:
            slope, intercept = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    p = expit(slope * logits + intercept)
    f1 = f1_of(np.stack([counts_of(truth[:, None], (p >= t).astype(float)[:, None])[0] for t in THRESHOLDS]))
    best = THRESHOLDS[f1 >= f1.max() - 1e-9] if f1.max() > 0 else np.array([0.5])  # nothing to tell them apart by
    return ThemeCalibration(slope=slope, intercept=intercept, threshold=float(best[len(best) // 2]))
