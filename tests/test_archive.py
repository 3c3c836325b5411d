from model.text import Comment
from service.archive import BATCH_ROWS, Sinks, tag_rows
from service.rows import Reject, Row


def row(n: int, text: str = "It leaks.", **fields) -> Row:
    return Row("a.csv", n, {"id": n, **fields}, Comment(text))


def run(rows, tagger, **options):
    tagged, rejects, progress = [], [], []
    summary = tag_rows(
        rows,
        tagger,
        Sinks(lambda tagged_row, comment: tagged.append(tagged_row), rejects.append, progress.append),
        **options,
    )
    return tagged, rejects, progress, summary


def test_rows_in_are_rows_out_and_rejects_in_order(tagger):
    rows = [row(n) if n % 10 else Reject("a.csv", n, "bad") for n in range(1, BATCH_ROWS + 50)]
    tagged, rejects, progress, summary = run(rows, tagger)
    assert [t["id"] for t in tagged] == [n for n in range(1, BATCH_ROWS + 50) if n % 10]
    assert [r.line for r in rejects] == [n for n in range(1, BATCH_ROWS + 50) if n % 10 == 0]
    assert summary.n_rows == summary.n_tagged + summary.n_rejects == len(rows)
    assert progress == [BATCH_ROWS, len(rows)]


def test_an_archive_row_has_the_tags_that_the_tagger_gives(tagger):
    comment = Comment("Where is the money?", article="New surgeries")
    (tagged,), *_ = run([Row("a.csv", 2, {"role": "GP"}, comment)], tagger)
    expected = tagger.tag([comment])[0].as_dict()
    assert tagged == {"role": "GP", "source": "a.csv", "line": 2, **expected}


def test_a_column_named_like_a_tag_moves_aside(tagger):
    (tagged,), *_ = run([row(1, stance="theirs")], tagger)
    assert tagged["input_stance"] == "theirs"
    assert tagged["stance"]["label"]


def test_a_headline_that_leaves_no_room_is_a_reject(tagger):
    long = Row("a.csv", 5, {}, Comment("word " * 300, article="headline " * 220))
    tagged, (reject,), _, summary = run([row(1), long, row(2)], tagger)
    assert (len(tagged), reject.line, summary.n_rejects) == (2, 5, 1)
    assert "give the headline alone" in reject.reason


def test_explained_rows_carry_evidence(tagger):
    (tagged,), *_ = run([row(1)], tagger, explain=True)
    assert tagged["evidence"][0]["sentence"] == "It leaks."


def test_rows_are_read_as_they_are_needed(tagger):
    seen = []

    def rows():
        for n in range(BATCH_ROWS * 3):
            seen.append(n)
            yield row(n)

    lag = []
    tag_rows(rows(), tagger, Sinks(lambda t, _: lag.append(len(seen) - t["id"]), lambda r: None, lambda n: None))
    assert max(lag) <= BATCH_ROWS
