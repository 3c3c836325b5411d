"""Rows in and out: CSV, TSV, JSONL and saved pages are read, CSV and JSONL written.

A source yields rows and rejects, one for every row that it holds; only a source that cannot be read at all
raises.
"""

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from model.errors import CommentError, SourceError
from model.text import Comment
from service.pages import read_page

TEXT_COLUMNS = ("text", "comment", "comment_text", "body", "content", "message")
ARTICLE_COLUMNS = ("article", "headline", "article_title", "title")
KINDS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".html": "html",
    ".htm": "html",
    ".txt": "page",
}
SOURCE_KINDS = ("csv", "tsv", "jsonl", "html", "page")


@dataclass(frozen=True, slots=True)
class Reading:
    """How sources are read: which columns hold what (by name where None), a headline for rows without one, the
    encoding, and the kind where the file's name does not tell it."""

    text_column: str | None = None
    article_column: str | None = None
    article: str = ""
    encoding: str = "utf-8-sig"
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One comment of a source with its own columns, ready to be tagged."""

    source: str
    line: int
    fields: Mapping[str, Any]
    comment: Comment


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that cannot be tagged, and why; `fields` is what was read of it."""

    source: str
    line: int
    reason: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.reason}"


def read_source(path: Path, reading: Reading) -> Iterator[Row | Reject]:
    """The rows and rejects of one file, or of stdin for `-`, in order, without holding them in memory.

    Raises SourceError where the source is missing, a folder, empty, of an unknown kind, wrongly encoded, or has
    no column of comments; NoCommentsError for a page without any.
    """
    name = str(path)
    if path.is_dir():
        raise SourceError(f"{path}: is a folder; give its files, such as {path}/*.csv")
    kind = _kind(path, reading)
    with _open(path, reading) as stream:
        if kind in ("html", "page"):
            yield from _page_rows(stream, name, reading, is_html=kind == "html")
        elif kind == "jsonl":
            yield from _jsonl_rows(stream, name, reading)
        else:
            yield from _csv_rows(stream, name, reading, delimiter="\t" if kind == "tsv" else ",")


def _kind(path: Path, reading: Reading) -> str:
    kind = reading.kind or ("jsonl" if str(path) == "-" else KINDS.get(path.suffix.lower(), ""))
    if kind not in SOURCE_KINDS:
        raise SourceError(
            f"{path}: cannot tell what kind of file this is; known endings are {', '.join(KINDS)}. "
            f"Give --from with one of {', '.join(SOURCE_KINDS)}"
        )
    return kind


def _open(path: Path, reading: Reading) -> TextIO:
    """The source as decoded text. A file is decoded once in full first, so that nothing is tagged in vain."""
    if str(path) == "-":
        return io.TextIOWrapper(sys.stdin.buffer, reading.encoding, newline="")
    if not path.exists():
        raise SourceError(f"{path}: no such file; check the path")
    try:
        _check_encoding(path, reading.encoding)
        return path.open(encoding=reading.encoding, newline="")
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}; check its permissions") from error


def _check_encoding(path: Path, encoding: str) -> None:
    n_lines, is_empty = 1, True
    try:
        with path.open(encoding=encoding, newline="") as stream:
            while chunk := stream.read(1 << 20):
                n_lines += chunk.count("\n")
                is_empty = is_empty and not chunk.strip()
    except LookupError as error:
        raise SourceError(f"{path}: encoding {encoding!r} is unknown; give one such as utf-8 or cp1252") from error
    except UnicodeError as error:
        raise SourceError(
            f"{path}: is not {encoding.removesuffix('-sig')} ({_bad_byte(path, encoding, n_lines)}); "
            "give --encoding, such as cp1252 for files saved by Excel, or save it as UTF-8"
        ) from error
    if is_empty:
        raise SourceError(f"{path}: is empty; there is nothing to tag")


def _bad_byte(path: Path, encoding: str, n_lines: int) -> str:
    """Where decoding fails: the line, found by reading on from the last good chunk."""
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode(encoding)
            except UnicodeError as error:
                byte = line[error.start] if isinstance(error, UnicodeDecodeError) else 0
                return f"byte 0x{byte:02x} on line {number}"
    return f"after line {n_lines}"


def _csv_rows(stream: TextIO, source: str, reading: Reading, *, delimiter: str) -> Iterator[Row | Reject]:
    csv.field_size_limit(1 << 30)
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    header = next(reader, [])
    text_column = _column(header, reading.text_column, TEXT_COLUMNS, source, "--text-column")
    article_column = _article_column(header, reading, source)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # Past a quote that never closes nothing can be told apart any more: say from where it is lost.
            yield Reject(source, line, f"{error}: this row could not be read; check its quotes")
            continue
        if not cells:
            continue
        fields = dict(zip(header, cells, strict=False))
        if len(cells) != len(header):
            yield Reject(
                source, line, f"{len(cells)} fields where the header has {len(header)}; quote its commas", fields
            )
            continue
        yield _row(source, line, fields, fields[text_column], fields.get(article_column, ""), reading)


def _jsonl_rows(stream: TextIO, source: str, reading: Reading) -> Iterator[Row | Reject]:
    text_column: str | None = reading.text_column
    for line, raw in enumerate(stream, 1):
        if not raw.strip():
            continue
        try:
            fields = json.loads(raw)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            yield Reject(source, line, f"not JSON: {reason}", {"raw": raw.rstrip("\r\n")})
            continue
        if not isinstance(fields, dict):
            yield Reject(source, line, f"not a JSON object but {type(fields).__name__}", {"raw": raw.rstrip("\r\n")})
            continue
        if text_column is None:
            text_column = _column(list(fields), None, TEXT_COLUMNS, source, "--text-column")
        if text_column not in fields:
            yield Reject(source, line, f"no field {text_column!r}", fields)
            continue
        article_column = reading.article_column or next((c for c in ARTICLE_COLUMNS if c in fields), "")
        yield _row(source, line, fields, fields[text_column], fields.get(article_column) or "", reading)


def _page_rows(stream: TextIO, source: str, reading: Reading, *, is_html: bool) -> Iterator[Row | Reject]:
    article = read_page(stream.read(), is_html=is_html, where=source)
    headline = reading.article or article.headline
    for number, comment in enumerate(article.comments, 1):
        fields = {
            "id": f"{Path(source).stem}#{number}",
            "article": headline,
            "author": comment.author,
            "time": comment.time,
            "text": comment.text,
        }
        yield _row(source, comment.line, fields, comment.text, headline, reading)


def _row(
    source: str, line: int, fields: Mapping[str, Any], text: Any, article: Any, reading: Reading
) -> Row | Reject:
    try:
        return Row(source, line, fields, Comment(text, article=article or reading.article))
    except CommentError as error:
        return Reject(source, line, str(error), fields)


def _column(found: list[str], given: str | None, known: tuple[str, ...], source: str, option: str) -> str:
    lowered = {name.strip().lower(): name for name in reversed(found)}
    name = given if given in found else lowered.get((given or "").lower())
    if given is None:
        name = next((lowered[k] for k in known if k in lowered), None)
    if name is None:
        wanted = f"no column {given!r}" if given else f"no column of comments ({', '.join(known)})"
        raise SourceError(f"{source}: {wanted}; found {', '.join(found) or 'none'}. Name it with {option}")
    return name


def _article_column(found: list[str], reading: Reading, source: str) -> str:
    if reading.article_column:
        return _column(found, reading.article_column, (), source, "--article-column")
    lowered = {name.strip().lower(): name for name in found}
    return next((lowered[c] for c in ARTICLE_COLUMNS if c in lowered), "")


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A tagged row as one level of columns for CSV: labels joined by `;`, a column a probability."""
    columns: dict[str, Any] = {}
    for name, value in row.items():
        if name == "stance" and isinstance(value, Mapping):
            columns["stance"] = value["label"]
            columns |= {f"p_stance_{label}": p for label, p in value["probabilities"].items()}
        elif name == "themes" and isinstance(value, list):
            columns["themes"] = ";".join(theme["label"] for theme in value)
        elif name == "theme_probabilities":
            columns |= {f"p_theme_{label}": p for label, p in value.items()}
        elif name == "evidence":
            if value is not None:
                columns["evidence"] = json.dumps(value, ensure_ascii=False)
        else:
            columns[name] = value if not isinstance(value, dict | list) else json.dumps(value, ensure_ascii=False)
    return columns


def write_csv(rows: Path, out: TextIO) -> None:
    """Turn a file of JSONL rows into CSV; its columns are all that any row has, in order of appearance."""
    columns: dict[str, None] = {}
    with rows.open(encoding="utf-8") as stream:
        for line in stream:
            columns |= dict.fromkeys(flat(json.loads(line)))
    writer = csv.DictWriter(out, list(columns), lineterminator="\n")
    writer.writeheader()
    with rows.open(encoding="utf-8") as stream:
        writer.writerows(flat(json.loads(line)) for line in stream)
