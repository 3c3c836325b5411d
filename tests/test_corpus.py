import json
import re

import pytest

from model.errors import DataError
from training.corpus import fingerprint, load_corpus
from training.splits import leaks


@pytest.fixture
def record(taxonomy):
    def make(**changes):
        fields = {"id": "1", "article": "A", "text": "It leaks.", "stance": taxonomy.stance_ids[0], "themes": []}
        return fields | {"split": "train", "origin": "w1"} | changes

    return make


def corpus(tmp_path, taxonomy, *records):
    path = tmp_path / "c.jsonl"
    path.write_text("".join(r if isinstance(r, str) else json.dumps(r) + "\n" for r in records))
    return load_corpus(path, taxonomy)


def test_only_text_and_labels_are_needed(tmp_path, taxonomy):
    (record,) = corpus(tmp_path, taxonomy, {"text": "x", "stance": taxonomy.stance_ids[1]})
    assert (record.article, record.themes, record.split) == ("", (), None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"stance": "sideways"}, "c.jsonl:2: stance 'sideways' is none of"),
        ({"themes": ["rain"]}, "c.jsonl:2: theme 'rain' is none of"),
        ({"text": " "}, "c.jsonl:2: text is empty"),
        ({"split": "dev"}, "c.jsonl:2: split"),
        ({"labels": [{"by": "r1", "stance": "sideways"}]}, "c.jsonl:2: stance 'sideways'"),
    ],
)
def test_a_bad_record_is_named_by_line_and_field(tmp_path, taxonomy, record, change, says):
    with pytest.raises(DataError, match=re.escape(says)):
        corpus(tmp_path, taxonomy, record(), record(**change))


def test_a_line_that_is_not_json_is_named(tmp_path, taxonomy, record):
    with pytest.raises(DataError, match=r"c\.jsonl:2"):
        corpus(tmp_path, taxonomy, record(), "{oops\n")


def test_a_folder_without_records_says_so(tmp_path, taxonomy):
    with pytest.raises(DataError, match=r"no \*\.jsonl file"):
        load_corpus(tmp_path, taxonomy)


def test_the_fingerprint_follows_labels_and_not_ids(tmp_path, taxonomy, record):
    one, same, other = (
        fingerprint(corpus(tmp_path, taxonomy, record(**change)))
        for change in ({}, {"id": "2"}, {"stance": taxonomy.stance_ids[1]})
    )
    assert one == same != other


def test_leaks_are_found_in_article_writer_and_text(tmp_path, taxonomy, record):
    honest = corpus(tmp_path, taxonomy, record(), record(id="2", article="B", text="y", origin="w2", split="test"))
    assert leaks(honest) == []
    for what in ("article", "origin", "text"):
        other = {"id": "2", "article": "B", "text": "y", "origin": "w2", "split": "test"}
        other[what] = {"article": " a ", "origin": "w1", "text": "it  LEAKS."}[what]
        (found,) = leaks(corpus(tmp_path, taxonomy, record(), record(**other)))
        assert found == f"{what} of record 1 stands in test, train"


def test_a_text_twice_under_one_article_is_found(tmp_path, taxonomy, record):
    assert leaks(corpus(tmp_path, taxonomy, record(), record(id="2"))) == ["a text stands 2 times under 'A'"]
