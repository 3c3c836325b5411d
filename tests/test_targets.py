import json
import subprocess
import sys

import pytest

from model.errors import DataError
from tests.conftest import ROOT
from training.corpus import Record
from training.cues import cues
from training.privacy import private
from training.splits import near_duplicates
from training.targets import Targets, distinct_2, load_targets, missed, repeated_openings

LONG = "The lease on our surgery in the old bank runs out in March and nobody at the board will sign the next one"


def record(text, n=0, **fields) -> Record:
    return Record(id=str(n), text=text, **fields)


def test_near_duplicates_are_found_and_likenesses_are_not():
    records = [
        record(LONG, 1),
        record(f"{LONG}, sadly", 2),
        record(LONG[::-1], 3),
        record("Nothing like it at all, I say", 4),
    ]
    assert [(a.id, b.id) for a, b in near_duplicates(records)] == [("1", "2")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("write to jo@nhs.example", "e-mail"),
        ("see https://x.org", "web address"),
        ("ring 0161 496 0000", "phone"),
        ("number 943 476 5919", "NHS number"),
        ("we are at M1 1AE now", "postcode"),
        ("ask Dr Jane Roe", "full name"),
    ],
)
def test_a_sign_of_a_private_person_is_named(text, what):
    (line,) = private([record(text, 7)], public=frozenset())
    assert line.startswith("record 7 holds")
    assert what in line


def test_public_figures_and_plain_figures_are_no_signs():
    fine = ["Mr Aneurin Bevan said so", "list of 11,400 and £1,200,000 in 2004", "Dr Roe", "M60 at 8am"]
    assert list(private([record(t) for t in fine], public=frozenset({"Aneurin Bevan"}))) == []


def test_a_cue_is_the_word_that_gives_a_label_away(taxonomy):
    stances, theme = taxonomy.stance_ids, taxonomy.theme_ids[0]
    records = [
        record(f"{'pigeon ' if i % 2 else ''}filler{i} words", i, stance=stances[0], themes=(theme,) if i % 2 else ())
        for i in range(60)
    ]
    (cue,) = [c for c in cues(records, taxonomy) if c.label == f"theme/{theme}"]
    assert (cue.word, cue.f1, cue.precision) == ("pigeon", 1, 1)
    assert cue.length_auc == 1


def test_surface_figures_by_hand():
    records = [record("we had one here once"), record("we had one there"), record("no no no no"), record("Nope")]
    assert repeated_openings(records) == pytest.approx(2 / 3)
    assert distinct_2(records) == pytest.approx(6 / 10)


def test_members_of_a_pair_count_once_on_the_surface():
    assert repeated_openings([record("we had one here", 1, pair="p"), record("we had one there", 2, pair="p")]) == 0


def test_each_missed_target_is_a_line(taxonomy):
    records = [record(f"word{i} a b c", i, stance=taxonomy.stance_ids[1], article="A", origin="w") for i in range(20)]
    lines = missed(records, taxonomy, Targets(comments=30, pairs=1, stance_shares=(0.0, 0.5), hard_parts={"reply": 2}))
    assert lines == [
        "20 comments; at least 30 are wanted",
        "0 pairs; at least 1 are wanted",
        "0 comments marked reply; at least 2 are wanted",
        f"100.0% of comments are {taxonomy.stance_ids[1]}; 50% ± 3% are wanted",
    ]


def test_unknown_targets_are_refused(tmp_path):
    (tmp_path / "targets.toml").write_text("comment = 3")
    with pytest.raises(DataError, match="known keys: comments"):
        load_targets(tmp_path / "targets.toml")


def test_the_project_s_corpus_passes_and_a_breach_exits_1(tmp_path):
    command = [sys.executable, "-m", "training", "data", "check"]
    done = subprocess.run([*command, "data/comments"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "no breach\n")
    assert "distinct-2" in done.stdout
    lines = (ROOT / "data/comments/test.jsonl").read_text("utf-8").splitlines()
    moved = json.loads(lines[0]) | {"split": "train"}
    (tmp_path / "c.jsonl").write_text("\n".join([*lines, json.dumps(moved)]) + "\n")
    done = subprocess.run([*command, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "breach: article of record" in done.stderr


def test_a_handful_of_records_is_checked_without_cues(taxonomy):
    records = [record(f"word{i} a b c", i, stance=taxonomy.stance_ids[0]) for i in range(5)]
    assert cues(records, taxonomy) == []
    assert missed(records, taxonomy, Targets()) == []
