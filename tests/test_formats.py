import csv
import gzip
import io
import json

import pytest

from model.errors import SourceError
from service.formats import check_source, read_source
from service.outputs import write_csv
from service.rows import Reading, Reject, Row

READING = Reading()


def read(path, **options):
    reading = Reading(**options) if options else READING
    check_source(path, reading)
    return list(read_source(path, reading))


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_csv_rows_keep_their_columns_and_quoted_newlines(tmp_path):
    path = write(tmp_path, "a.csv", '\ufeffID,Headline,Comment\r\n7,"A, B","one\ntwo"\r\n8,,three\r\n')
    first, second = read(path)
    assert first.comment.text == "one\ntwo"
    assert first.comment.article == "A, B"
    assert dict(second.fields) == {"ID": "8", "Headline": "", "Comment": "three"}
    assert (first.line, second.line) == (2, 4)


def test_a_csv_row_with_too_many_fields_is_a_reject_with_its_line(tmp_path):
    path = write(tmp_path, "a.csv", "id,text\n1,fine\n2,one,two\n3\n4,fine\n")
    rows = read(path)
    assert [type(r) for r in rows] == [Row, Reject, Reject, Row]
    assert rows[1].fields == {"raw": ["2", "one", "two"]}
    assert str(rows[1]) == f"{path}:3: 3 fields where the header has 2; quote its commas"
    assert rows[2].line == 4


def test_a_quote_that_never_closes_costs_its_own_line_alone(tmp_path):
    rows = read(write(tmp_path, "a.csv", 'id,text\n1,fine\n2,"open\n3,kept\n4,"a, b"\n5,x"y\n6,"x"y\n7,end\n'))
    assert [(type(r), r.line) for r in rows] == [
        (Row, 2),
        (Reject, 3),
        (Row, 4),
        (Row, 5),
        (Row, 6),
        (Reject, 7),
        (Row, 8),
    ]
    assert rows[1].fields == {"raw": '2,"open'}
    assert rows[3].comment.text == "a, b"


def test_blank_lines_and_a_blank_first_line_are_passed_over(tmp_path):
    rows = read(write(tmp_path, "a.csv", "\n\nid,text\n\n1,one\n\n"))
    assert [(r.comment.text, r.line) for r in rows] == [("one", 5)]


def test_a_column_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(SourceError, match="'text' stands twice"):
        read(write(tmp_path, "a.csv", "id,text,text\n1,a,b\n"))


def test_utf_16_is_told_as_such(tmp_path):
    with pytest.raises(SourceError, match="such as utf-16, as this file seems to be"):
        read(write(tmp_path, "a.csv", "text\nhi\n".encode("utf-16")))
    with pytest.raises(SourceError, match="such as utf-16"):
        read(write(tmp_path, "b.csv", "text\nhi\n".encode("utf-16-le")))
    assert read(tmp_path / "a.csv", encoding="utf-16")[0].comment.text == "hi"


def test_the_field_of_comments_is_found_row_by_row_in_jsonl(tmp_path):
    rows = read(write(tmp_path, "a.jsonl", '{"n": 1}\n{"comment": "a"}\n{"Text": "b", "headline": "H"}\n'))
    assert [type(r) for r in rows] == [Reject, Row, Row]
    assert "found n" in rows[0].reason
    assert (rows[2].comment.text, rows[2].comment.article) == ("b", "H")


def test_a_headline_column_that_is_not_there_is_refused_in_jsonl_too(tmp_path):
    with pytest.raises(SourceError, match="no column 'nope'"):
        read(write(tmp_path, "a.jsonl", '{"text": "a"}\n'), article_column="nope")


def test_csv_without_a_column_of_comments_names_those_found_and_the_option(tmp_path):
    path = write(tmp_path, "a.csv", "who,words\na,b\n")
    with pytest.raises(SourceError, match=r"found who, words\. Name it with --text-column"):
        read(path)
    assert read(path, text_column="words")[0].comment.text == "b"
    with pytest.raises(SourceError, match="no column 'nope'"):
        read(path, text_column="nope")


def test_jsonl_rejects_name_line_and_reason(tmp_path):
    lines = [
        '{"text": "a", "n": 1}',
        "{oops",
        "[1]",
        '{"n": 2}',
        '{"text": 5}',
        "",
        '{"text": " "}',
        '{"text": "\\ud800"}',
    ]
    rows = read(write(tmp_path, "a.jsonl", "\n".join(lines)))
    assert [r.line for r in rows] == [1, 2, 3, 4, 5, 7, 8]
    reasons = [r.reason for r in rows[1:]]
    for reason, says in zip(
        reasons, ["not JSON", "list", "no field of comments", "not text", "empty", "surrogate"], strict=True
    ):
        assert says in reason
    assert rows[1].fields == {"raw": "{oops"}


def test_jsonl_without_a_known_field_names_those_found(tmp_path):
    with pytest.raises(SourceError, match=r"found words\. Name it with --text-column"):
        read(write(tmp_path, "a.jsonl", '{"words": "x"}\n'))


def test_tsv_and_a_headline_for_all(tmp_path):
    (row,) = read(write(tmp_path, "a.tsv", "text\tn\nhi, there\t1\n"), article="The headline")
    assert (row.comment.text, row.comment.article) == ("hi, there", "The headline")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"text\ncaf\xe9\n", "is not utf-8 .byte 0xe9 on line 2.; give --encoding"),
        ("a.csv", b"", "is empty"),
        ("a.jsonl", b" \n\n", "is empty"),
        ("a.docx", b"x", "known endings are .csv"),
    ],
)
def test_an_unusable_file_says_what_and_what_next(tmp_path, name, content, says):
    with pytest.raises(SourceError, match=says):
        read(write(tmp_path, name, content))


def test_another_encoding_can_be_given(tmp_path):
    path = write(tmp_path, "a.csv", b"text\ncaf\xe9\n")
    assert read(path, encoding="cp1252")[0].comment.text == "café"
    with pytest.raises(SourceError, match="unknown"):
        read(path, encoding="klingon")


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path):
    folder = tmp_path / "x.csv"
    folder.mkdir()
    with pytest.raises(SourceError, match="is a folder"):
        read(folder)
    with pytest.raises(SourceError, match="no such file"):
        read(tmp_path / "gone.csv")


def test_compressed_bytes_are_not_read_as_text(tmp_path):
    with pytest.raises(SourceError, match="is not utf-8"):
        read(write(tmp_path, "a.csv", gzip.compress(b"text\nx\n" * 50)))


def test_a_field_of_a_megabyte_is_read_and_rejected_by_size(tmp_path):
    (reject,) = read(write(tmp_path, "a.csv", "text\n" + "a" * 1_000_000 + "\n"))
    assert "1,000,000 characters; at most 100,000" in reject.reason


def test_csv_output_has_every_column_that_any_row_has(tmp_path):
    rows = [
        {
            "id": 1,
            "stance": {"label": "up", "probabilities": {"up": 0.9, "down": 0.1}},
            "themes": [],
            "evidence": None,
        },
        {"other": "x,\ny\rz", "themes": [{"label": "a", "probability": 1}, {"label": "b", "probability": 1}]},
    ]
    out = io.StringIO(newline="")
    write_csv(io.StringIO("".join(json.dumps(r) + "\n" for r in rows)), out)
    first, second = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert list(first) == ["id", "stance", "p_stance_up", "p_stance_down", "themes", "other"]
    assert (first["stance"], first["p_stance_up"], first["other"]) == ("up", "0.9", "")
    assert (second["themes"], second["other"]) == ("a;b", "x,\ny\rz")


@pytest.mark.parametrize("text", ["😀 yes", "مرحبا بالعالم", "\u202eright to left", "ﬁ ligature", "e\u0301"])
def test_any_unicode_is_a_row_in_every_format(tmp_path, text):
    sources = [
        write(tmp_path, "a.csv", f"text\n{text}\n"),
        write(tmp_path, "a.jsonl", json.dumps({"text": text}) + "\n"),
        write(tmp_path, "a.txt", f"A headline of words\n\nJo 3 May, 2025 9:05 am\n\n{text}\n"),
        write(tmp_path, "a.html", f"<h1>Headline</h1><p>Jo 3 May, 2025 9:05 am</p><p>{text}</p>"),
    ]
    for source in sources:
        (row,) = read(source)
        assert row.comment.text == text, source


def test_a_nul_is_a_reject_in_every_format(tmp_path):
    sources = [
        write(tmp_path, "a.csv", "text\na\0b\n"),
        write(tmp_path, "a.jsonl", '{"text": "a\\u0000b"}\n'),
        write(tmp_path, "a.txt", "A headline of words\n\nJo 3 May, 2025 9:05 am\n\na\0b\n"),
    ]  # in HTML, where the parser would drop it, the page is refused: see test_pages
    for source in sources:
        (reject,) = read(source)
        assert "NUL at character 2" in reject.reason, source


def test_a_huge_integer_is_a_reject(tmp_path):
    good, bad = read(write(tmp_path, "a.jsonl", '{"text": "a"}\n{"text": "b", "n": ' + "9" * 5000 + "}\n"))
    assert isinstance(good, Row)
    assert "cannot be read" in bad.reason or "can be read" in bad.reason


def test_a_given_column_is_found_whatever_its_case(tmp_path):
    (row,) = read(write(tmp_path, "a.jsonl", '{"Words": "a", "Top": "H"}\n'), text_column="words", article_column="top")
    assert (row.comment.text, row.comment.article) == ("a", "H")


def test_many_bad_quotes_cost_their_own_lines_in_linear_time(tmp_path):
    body = "".join(f'{i},"x"y\n' if i % 2 else f"{i},fine\n" for i in range(20_000))
    rows = read(write(tmp_path, "a.csv", "id,text\n" + body))
    assert [type(r) for r in rows[:4]] == [Row, Reject, Row, Reject]
    assert len(rows) == 20_000
    assert rows[-1].line == 20_001
