import numpy as np
import pytest
from scipy.special import softmax

from model.taxonomy import Taxonomy
from training.calibrate import calibrate
from training.config import Config

TAXONOMY = Taxonomy.from_dict(
    {
        "name": "t",
        "stances": [{"id": s, "title": s} for s in ("up", "down", "level")],
        "themes": [{"id": s, "title": s} for s in ("rain", "snow")],
    },
    where="test",
)
CONFIG = Config(name="t", base="none", data="none")


@pytest.fixture(scope="module")
def drawn():
    """Labels drawn from known probabilities, and logits that are three times too sure of themselves."""
    rng = np.random.default_rng(5)
    true = rng.normal(size=(4000, 5)) * [1, 1, 1, 2, 2]
    stances = np.array([rng.choice(3, p=p) for p in softmax(true[:, :3], axis=1)])
    themes = (rng.random((4000, 2)) < 1 / (1 + np.exp(-true[:, 3:]))).astype(float)
    themes[:, 1] = 0
    themes[:5, 1] = 1
    return true * 3, stances, themes


def test_temperature_and_platt_undo_overconfidence(drawn):
    fitted = calibrate(*drawn, TAXONOMY, CONFIG)
    assert fitted.stance.temperature == pytest.approx(3, rel=0.1)
    assert fitted.themes["rain"].slope == pytest.approx(1 / 3, rel=0.1)
    assert 0.2 <= fitted.themes["rain"].threshold <= 0.7


def test_a_theme_with_few_examples_is_left_as_it_is(drawn):
    assert (fitted := calibrate(*drawn, TAXONOMY, CONFIG).themes["snow"]).slope == 1
    assert fitted.intercept == 0


def test_conformal_sets_hold_the_true_stance_as_often_as_they_say(drawn):
    logits, stances, themes = drawn
    fitted = calibrate(logits[:2000], stances[:2000], themes[:2000], TAXONOMY, CONFIG)
    p = softmax(logits[2000:, :3] / fitted.stance.temperature, axis=1)[np.arange(2000), stances[2000:]]
    assert np.mean(p >= fitted.stance.set_threshold) == pytest.approx(0.9, abs=0.03)
