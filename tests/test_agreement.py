import pytest

from training.agreement import agreement
from training.corpus import Reading, Record


def record(*stances, themes=()):
    readings = tuple(Reading(by=f"r{i}", stance=s, themes=themes[i] if themes else ()) for i, s in enumerate(stances))
    return Record(text="x", stance=stances[0], labels=readings)


def test_alpha_is_what_the_definition_gives_by_hand(taxonomy):
    a, b, c, d, *_ = taxonomy.stance_ids
    names = {"a": a, "b": b, "c": c, "d": d}
    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "b"), ("b", "b"), ("c", "c"), ("c", "c"), ("c", "c"),
             ("c", "c"), ("d", "d"), ("d", "d"), ("a", "c")]  # fmt: skip
    records = [record(names[x], names[y]) for x, y in pairs]
    alpha, f1, n = agreement(records, taxonomy)["stance"]
    # By hand: 12 units, 24 values (a 4, b 7, c 9, d 4); observed disagreement 4/24.
    expected = 1 - (4 / 24) / (1 - (4 * 3 + 7 * 6 + 9 * 8 + 4 * 3) / (24 * 23))
    assert alpha == pytest.approx(expected)
    assert n == 12
    assert 0.7 < f1 < 0.9


def test_themes_are_measured_as_yes_or_no(taxonomy):
    theme, stance = taxonomy.theme_ids[0], taxonomy.stance_ids[0]
    themes = [((theme,), (theme,)), ((), ()), ((theme,), ()), ((), ())]
    records = [record(stance, stance, themes=pair) for pair in themes]
    alpha, f1, _ = agreement(records, taxonomy)[f"theme/{theme}"]
    assert f1 == pytest.approx(2 / 3)
    assert 0 < alpha < 1


def test_comments_with_one_reading_do_not_count(taxonomy):
    stance = taxonomy.stance_ids[0]
    assert agreement([record(stance), record(stance, stance)], taxonomy)["stance"][2] == 1
