"""What the model has to beat: systems that are fitted on the same training split and cost nothing to run.

Each returns predicted indicators, float [n, n_labels], in the taxonomy's order of labels.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

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
    stances = np.zeros((len(records), len(taxonomy.stances)))
    if taxonomy.stances:
        model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=2000)
        predicted = model.fit(x_train, stance_indices(train, taxonomy)).predict(x)
        stances = np.eye(len(taxonomy.stances))[predicted]
    themes = np.zeros((len(records), len(taxonomy.themes)))
    if taxonomy.themes:
        one = LogisticRegression(C=10.0, class_weight="balanced", max_iter=2000)
        themes = OneVsRestClassifier(one).fit(x_train, multi_hot(train, taxonomy)).predict(x).astype(float)
    return np.hstack([stances, themes])


def _texts(records: Sequence[Record]) -> list[str]:
    return [f"{record.article}\n{record.text}" for record in records]
