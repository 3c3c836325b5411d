"""What the model has to beat: systems that are fitted on the same training split and cost nothing to run.

Each returns predicted indicators, float [n, n_labels], in the taxonomy's order of labels.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from model.taxonomy import Taxonomy
from training.corpus import Record
from training.metrics import Matrix, multi_hot, stance_indices


def majority(train: Sequence[Record], records: Sequence[Record], taxonomy: Taxonomy) -> Matrix:
    """The most frequent stance for every comment, and each theme that most comments have."""
    stances = np.zeros((len(records), len(taxonomy.stances)))
    if taxonomy.stances:
        stances[:, np.bincount(stance_indices(train, taxonomy)).argmax()] = 1
    themes = np.tile((multi_hot(train, taxonomy).mean(axis=0) > 0.5).astype(float), (len(records), 1))
    return np.hstack([stances, themes])


def tfidf_logistic_regression(train: Sequence[Record], records: Sequence[Record], taxonomy: Taxonomy) -> Matrix:
    """Word and word-pair TF-IDF of headline and comment, one balanced logistic regression a label."""
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    x_train, x = vectors.fit_transform(_texts(train)), vectors.transform(_texts(records))

    def predict(y: NDArray[Any]) -> NDArray[Any]:
        if len(np.unique(y)) == 1:
            return np.full(len(records), y[0])
        model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=2000)
        return np.asarray(model.fit(x_train, y).predict(x))

    stances = np.zeros((len(records), len(taxonomy.stances)))
    if taxonomy.stances:
        stances = np.eye(len(taxonomy.stances))[predict(stance_indices(train, taxonomy))]
    themes = [predict(column)[:, None] for column in multi_hot(train, taxonomy).T]
    return np.hstack([stances, *themes])


def _texts(records: Sequence[Record]) -> list[str]:
    return [f"{record.article}\n{record.text}" for record in records]
