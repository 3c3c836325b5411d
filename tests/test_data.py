"""The project's own corpus: what its datasheet promises, and what a reader would not forgive."""

import json
from collections import Counter, defaultdict

import numpy as np
import pytest

from tests.conftest import ROOT
from training.corpus import load_corpus
from training.splits import leaks
from training.targets import load_targets, missed


@pytest.fixture(scope="module")
def records(taxonomy):
    return load_corpus(ROOT / "data/comments", taxonomy)


def test_splits_share_no_article_writer_or_text(records):
    assert {r.split for r in records} == {"train", "validation", "test"}
    assert leaks(records) == []


def test_the_corpus_meets_its_targets(records, taxonomy):
    targets = load_targets(ROOT / "data/targets.toml")
    assert targets.comments >= 4000
    assert missed(records, taxonomy, targets) == []


def test_lengths_and_irony_are_as_the_codebook_describes(records):
    words = np.array([len(r.text.split()) for r in records])
    assert np.mean(words < 12) == pytest.approx(0.25, abs=0.03)
    assert np.mean(words > 80) == pytest.approx(0.25, abs=0.05)
    assert np.mean([r.ironic for r in records]) == pytest.approx(1 / 3, abs=0.03)


def test_members_of_a_pair_share_a_split_and_differ_in_one_thing(records):
    pairs = defaultdict(list)
    for r in records:
        if r.pair:
            pairs[r.pair].append(r)
    for a, b in pairs.values():
        assert a.split == b.split
        assert (a.article == b.article) != (a.text == b.text)
        assert a.stance != b.stance or len(set(a.themes) ^ set(b.themes)) >= 1


def test_no_core_theme_gives_the_stance_away(records, taxonomy):
    for theme in taxonomy.core_theme_ids:
        stances = Counter(r.stance for r in records if theme in r.themes)
        assert len(stances) == 4
        assert max(stances.values()) < 0.7 * sum(stances.values())


def test_each_comment_has_independent_readings_and_those_that_measure_have_three(records):
    for r in records:
        assert len({reading.by for reading in r.labels}) == len(r.labels)
        assert len(r.labels) >= (2 if r.split == "train" else 3), r.id
        assert r.origin in {reading.by for reading in r.labels}


def test_a_final_label_is_the_readers_or_says_why(records):
    """Where all readings agree on a label it is that one; a record that differs from one has a reason."""
    for r in records:
        if len({(x.stance, frozenset(x.themes), x.ironic) for x in r.labels}) == 1:
            assert (r.stance, set(r.themes), r.ironic) == (
                r.labels[0].stance,
                set(r.labels[0].themes),
                r.labels[0].ironic,
            )
        else:
            assert r.reason, r.id
            assert r.stance in {x.stance for x in r.labels}


def test_ids_are_unique(records):
    assert len({r.id for r in records}) == len(records)


def test_datasets_loads_the_files_with_typed_features(taxonomy):
    import datasets

    header = (ROOT / "data/README.md").read_text("utf-8").split("---\n")[1]
    import yaml

    declared = yaml.safe_load(header)
    files = {c["split"]: str(ROOT / "data" / c["path"]) for c in declared["configs"][0]["data_files"]}
    features = datasets.Features._from_yaml_list(declared["dataset_info"]["features"])
    loaded = datasets.load_dataset("json", data_files=files, features=features)
    assert set(loaded) == {"train", "validation", "test"}
    assert loaded["test"].features["themes"].feature.dtype == "string"
    assert loaded["train"][0]["stance"] in taxonomy.stance_ids


def test_every_line_has_the_same_keys():
    keys = defaultdict(int)
    for file in (ROOT / "data/comments").glob("*.jsonl"):
        for line in file.read_text("utf-8").splitlines():
            keys[tuple(json.loads(line))] += 1
    assert len(keys) == 1


def test_the_datasheet_holds_the_figures_of_the_commands():
    from tests.made import DATASHEET, DATASHEET_PARTS

    text = DATASHEET.read_text("utf-8")
    for name, make in DATASHEET_PARTS.items():
        assert f"<!-- {name} -->\n{make()}\n" in text, "run python -m tests.made"
