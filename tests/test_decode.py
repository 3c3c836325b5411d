import numpy as np
import pytest

from model.checkpoint import Calibration, StanceCalibration, ThemeCalibration
from model.decode import decode, pool
from model.taxonomy import Taxonomy
from model.text import Window

TAXONOMY = Taxonomy.from_dict(
    {
        "name": "t",
        "stances": [{"id": "up", "title": "Up"}, {"id": "down", "title": "Down"}],
        "themes": [{"id": "rain", "title": "Rain"}, {"id": "sun", "title": "Sun"}],
    },
    where="test",
)
CALIBRATION = Calibration(
    stance=StanceCalibration(temperature=2.0, set_threshold=0.3, risk=0.1),
    themes={
        "rain": ThemeCalibration(slope=1.0, intercept=0.0, threshold=0.5),
        "sun": ThemeCalibration(slope=2.0, intercept=1.0, threshold=0.9),
    },
    theme_risk=0.3,
)


def window(n_comment_tokens: int) -> Window:
    return Window((1, 2), (0, 0), n_comment_tokens)


def tags(*rows, weights=None):
    windows = tuple(window(n) for n in weights or [1] * len(rows))
    return decode(np.array(rows, np.float32), windows, taxonomy=TAXONOMY, calibration=CALIBRATION)


def test_stance_is_the_calibrated_argmax():
    t = tags([4.0, 0.0, -9.0, -9.0])
    assert t.stance == "up"
    assert t.stance_probabilities["up"] == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert sum(t.stance_probabilities.values()) == pytest.approx(1)


def test_a_theme_is_assigned_from_its_own_threshold_on():
    t = tags([9.0, 0.0, 0.1, 0.1])
    assert t.theme_probabilities["sun"] == pytest.approx(1 / (1 + np.exp(-1.2)))
    assert t.themes == ("rain",)  # 0.525 is over 0.5, 0.769 under 0.9


def test_themes_come_most_probable_first():
    assert tags([9.0, 0.0, 1.0, 9.0]).themes == ("sun", "rain")


@pytest.mark.parametrize(
    ("logits", "review"),
    [
        ([9.0, 0.0, -9.0, -9.0], False),
        ([0.5, 0.0, -9.0, -9.0], True),  # both stances in the conformal set
        ([9.0, 0.0, 0.2, -9.0], True),  # rain is 0.55: wrong nearly half of the time
    ],
)
def test_review_is_asked_for_where_a_call_is_unsure(logits, review):
    assert tags(logits).needs_review is review


def test_windows_are_pooled_by_length_for_stance_and_by_maximum_for_themes():
    logits = np.array([[1.0, 0.0, 3.0, -1.0], [4.0, 0.0, 1.0, 2.0]], np.float32)
    pooled = pool(logits, (window(2), window(1)), taxonomy=TAXONOMY)
    assert pooled.tolist() == [2.0, 0.0, 3.0, 2.0]


def test_a_taxonomy_of_themes_alone_has_no_stance():
    only = Taxonomy.from_dict({"name": "t", "themes": [{"id": "rain", "title": "Rain"}]}, where="test")
    calibration = Calibration(stance=None, themes={"rain": CALIBRATION.themes["rain"]}, theme_risk=0.3)
    t = decode(np.array([[2.0]], np.float32), (window(1),), taxonomy=only, calibration=calibration)
    assert (t.stance, t.themes, t.as_dict()["stance"]) == (None, ("rain",), None)
