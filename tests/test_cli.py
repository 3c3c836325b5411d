import csv
import json
import os
import subprocess
import sys

import pytest

import service.cli
from tests.conftest import ROOT

EXAMPLES = ROOT / "data/examples"


def gpcomments(monkeypatch, capsys, *arguments):
    """Run the command in this process: its exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["gpcomments", *map(str, arguments)])
    monkeypatch.setattr(service.cli.talk, "file", None)
    with pytest.raises(SystemExit) as done:
        service.cli.main()
    out, err = capsys.readouterr()
    return done.value.code or 0, out, err


@pytest.fixture
def run(monkeypatch, capsys):
    return lambda *arguments: gpcomments(monkeypatch, capsys, *arguments)


def test_a_page_is_tagged_to_jsonl_on_stdout(run):
    code, out, err = run("tag", EXAMPLES / "article.txt")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(rows) == 8
    assert rows[0]["author"] == "Fen Doctor"
    assert rows[0]["time"] == "2026-03-04T08:12:00"
    assert rows[0]["stance"]["label"] in rows[0]["stance"]["probabilities"]
    assert "8 rows = 8 tagged + 0 rejected" in err


def test_several_sources_go_to_one_csv(run, tmp_path):
    out = tmp_path / "tagged.csv"
    code, _, _ = run("tag", EXAMPLES / "comments.csv", EXAMPLES / "comments.jsonl", "-o", out)
    with out.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert code == 0
    assert [r["id"] for r in rows] == ["a1", "a2", "a3", "a4", "a5", "a6", "b1", "b2", "b3"]
    assert rows[0]["role"] == "GP partner"
    assert all(r["stance"] for r in rows)
    assert list(tmp_path.iterdir()) == [out]


def test_text_output_shows_comment_tags_and_reasons(run):
    code, out, _ = run("tag", EXAMPLES / "article.txt", "--to", "text", "--explain")
    assert code == 0
    assert "Surgeries to move into empty high street shops" in out
    assert "PN Sue" in out
    assert "→" in out
    assert "“" in out


def test_rejects_are_told_and_kept_with_their_line_and_reason(run, tmp_path):
    source, out = tmp_path / "a.csv", tmp_path / "b.jsonl"
    source.write_text("id,text\n1,fine\n2,one,two\n3,\n")
    code, _, err = run("tag", source, "-o", out)
    rejects = [json.loads(line) for line in (tmp_path / "b.jsonl.rejects.jsonl").read_text().splitlines()]
    assert code == 0
    assert [(r["line"], r["fields"]) for r in rejects] == [
        (3, {"raw": ["2", "one", "two"]}),
        (4, {"id": "3", "text": ""}),
    ]
    assert "a.csv:3: 3 fields where the header has 2" in err
    assert "3 rows = 1 tagged + 2 rejected" in err
    source.write_text("id,text\n1,fine\n")
    run("tag", source, "-o", out)
    assert not (tmp_path / "b.jsonl.rejects.jsonl").exists()


def test_a_page_without_comments_exits_3(run, tmp_path):
    page = tmp_path / "page.txt"
    page.write_text("A headline of some words\n\nNo comments here.\n")
    code, out, err = run("tag", page)
    assert (code, out) == (3, "")
    assert "no comments were found" in err


def test_a_page_without_comments_does_not_stop_the_others(run, tmp_path):
    page = tmp_path / "page.txt"
    page.write_text("A headline of some words\n\nNo comments here.\n")
    code, out, err = run("tag", page, EXAMPLES / "comments.jsonl")
    assert (code, len(out.splitlines())) == (0, 3)
    assert "no comments were found" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tag", "gone.csv"], "gone.csv: no such file"),
        (["tag", "-", "-"], "given twice"),
        (["tag", EXAMPLES], "is a folder; give its files"),
        (["tag", EXAMPLES / "comments.csv", "-o", "x.docx"], "name it .jsonl or .csv"),
        (["tag", EXAMPLES / "comments.csv", "-o", "/nowhere/x.csv"], "/nowhere/x.csv: cannot be written"),
        (["tag", EXAMPLES / "comments.csv", "--model", "/nowhere"], "no such checkpoint folder"),
        (["tag", EXAMPLES / "comments.csv", "--text-column", "nope"], "found id, article, role, text"),
        (["tag", EXAMPLES / "comments.csv", "--device", "abacus"], "auto, cpu, cuda"),
        (["tag", EXAMPLES / "comments.csv", "--from", "xls"], "csv, tsv, jsonl, html, page"),
    ],
)
def test_what_cannot_be_used_exits_2_in_one_line(run, arguments, says):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert err.startswith("error: ")
    assert "Traceback" not in err


def test_a_failed_run_leaves_the_old_output(run, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("precious\n")
    source = tmp_path / "a.jsonl"
    source.write_text('{"text": "fine"}\n')
    code, _, _ = run("tag", source, tmp_path / "gone.csv", "-o", out)
    assert code == 2
    assert out.read_text() == "precious\n"
    assert not (tmp_path / "out.jsonl.partial").exists()


def test_the_output_may_not_be_a_source(run, tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("text\nfine\n")
    code, _, err = run("tag", source, "-o", source)
    assert (code, source.read_text()) == (2, "text\nfine\n")
    assert "is also a source" in err


def test_every_source_is_checked_before_any_is_tagged(run, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"text\ncaf\xe9\n")
    code, out, err = run("tag", EXAMPLES / "comments.csv", bad)
    assert (code, out) == (2, "")
    assert "bad.csv: is not utf-8 (byte 0xe9 on line 2)" in err


def test_text_output_shows_the_comment_whatever_its_column(run, tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("Comment,headline\nIt \x1b[31mleaks,New roof\n")
    _, out, _ = run("tag", source, "--to", "text")
    assert "It �[31mleaks" in out
    assert "New roof" in out


def test_help_needs_neither_torch_nor_a_runtime():
    code = (
        "import sys; sys.argv = ['gpcomments', '--help']\n"
        "from service.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'transformers', 'onnxruntime', 'fastapi'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)


def test_stdin_is_read_as_jsonl():
    done = subprocess.run(
        [sys.executable, "-m", "service", "tag", "-"],
        input=b'{"text": "It leaks."}\n',
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    assert json.loads(done.stdout)["text"] == "It leaks."


@pytest.mark.parametrize(
    ("given", "options", "says"),
    [
        (b"", [], "-: is empty"),
        (b"text\ncaf\xe9\n", ["--from", "csv"], "-: is not utf-8"),
        (b"x", ["--encoding", "klingon"], "'klingon' is unknown"),
    ],
)
def test_stdin_that_cannot_be_used_says_so(given, options, says):
    done = subprocess.run(
        [sys.executable, "-m", "service", "tag", "-", *options], input=given, capture_output=True, cwd=ROOT, check=False
    )
    assert done.returncode == 2
    assert says in done.stderr.decode()


def test_any_json_comes_back_even_what_utf_8_cannot_hold_and_whatever_the_locale():
    done = subprocess.run(
        [sys.executable, "-m", "service", "tag", "-"],
        input=b'{"text": "\xf0\x9f\x98\x80 fine", "who": "\\ud800"}\n',
        capture_output=True,
        cwd=ROOT,
        check=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert json.loads(done.stdout)["who"] == "\ud800"
