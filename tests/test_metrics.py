import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score

from training.metrics import counts_of, expected_calibration_error, f1_of, interval, macro_f1, resample_weights

BITS = arrays(np.float64, (30, 3), elements=st.sampled_from([0.0, 1.0]))


@given(BITS, BITS)
def test_macro_f1_is_that_of_scikit_learn(truth, predicted):
    expected = f1_score(truth, predicted, average="macro", zero_division=0)
    assert macro_f1(truth, predicted) == pytest.approx(expected)


def test_a_resample_counts_each_comment_as_often_as_it_is_drawn():
    rng = np.random.default_rng(1)
    truth, predicted = rng.integers(0, 2, (2, 40, 2)).astype(float)
    weights = resample_weights(40)
    repeated = np.repeat(np.arange(40), weights[7].astype(int))
    expected = f1_of(counts_of(truth[repeated], predicted[repeated]))
    assert f1_of(counts_of(truth, predicted, weights))[7] == pytest.approx(expected)
    assert (weights.sum(axis=1) == 40).all()


def test_a_bootstrap_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    held = []
    for seed in range(120):
        sample = rng.random(80) < 0.6
        low, high = interval(resample_weights(80, seed=seed) @ sample / 80)
        held.append(low <= 0.6 <= high)
    assert np.mean(held) > 0.88


def test_calibration_error_is_the_gap_between_confidence_and_truth():
    assert expected_calibration_error(np.full(10, 0.75), np.array([1.0] * 5 + [0.0] * 5)) == pytest.approx(0.25)
    assert expected_calibration_error(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0
