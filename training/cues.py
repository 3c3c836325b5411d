"""Shallow cues: what a model could get right for the wrong reason.

For each label, the single word that gives it away most, and how well length alone predicts it. A corpus in which
one word or the number of words decides a label teaches that word, not the label.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import roc_auc_score

from model.taxonomy import Taxonomy
from training.corpus import Record
from training.metrics import f1_of, multi_hot, stance_indices

MIN_COMMENTS = 15


@dataclass(frozen=True, slots=True)
class Cue:
    """For a label: its share of comments; the word (in at least MIN_COMMENTS comments) whose presence alone
    scores the best F1, with that F1 and the word's precision; and the AUC of the number of words."""

    label: str
    share: float
    word: str
    f1: float
    precision: float
    length_auc: float


def cues(records: Sequence[Record], taxonomy: Taxonomy) -> list[Cue]:
    """The strongest shallow cue of each label, over all records; none for a handful of records."""
    if len(records) < 2 * MIN_COMMENTS:
        return []
    vectors = CountVectorizer(binary=True, min_df=MIN_COMMENTS, token_pattern=r"(?u)\b[^\W_]+\b")
    try:
        present = vectors.fit_transform([record.text for record in records])
    except ValueError:  # no word stands in so many comments
        return []
    words, n_present = vectors.get_feature_names_out(), np.asarray(present.sum(axis=0)).ravel()
    lengths = np.array([len(record.text.split()) for record in records])
    n_stances = len(taxonomy.stances)
    stances = np.eye(n_stances)[stance_indices(records, taxonomy)] if n_stances else np.zeros((len(records), 0))
    found = []
    for label, truth in zip(taxonomy.labels, np.hstack([stances, multi_hot(records, taxonomy)]).T, strict=True):
        tp = truth @ present
        f1 = f1_of(np.stack([tp, n_present, np.full(len(words), truth.sum())], axis=-1))
        best = int(np.argmax(f1))
        auc = float(roc_auc_score(truth, lengths)) if 0 < truth.sum() < len(truth) else 0.5
        found.append(
            Cue(label, float(truth.mean()), words[best], float(f1[best]), float(tp[best] / n_present[best]), auc)
        )
    return found
