"""Rows in: CSV, TSV, JSONL and saved pages.

A source yields rows and rejects, one for every row that it holds; only a source that cannot be read at all
raises. `check_source` finds most of those before anything is tagged.
"""

import io
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from model.errors import SourceError
from service.pages import read_page
from service.rows import ARTICLE_COLUMNS, TEXT_COLUMNS, Reading, Reject, Row, find_column, known_column, make_row
from service.tables import read_header, table_rows

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
N_PEEK = 100


def check_source(path: Path, reading: Reading) -> None:
    """Raise what `read_source` would, where that shows without reading rows: a source that is missing, a folder,
    empty, of an unknown kind or wrongly encoded, or that has no column of comments. Pipes are taken on trust."""
    kind = _kind(path, reading)
    if path.is_file():
        _check_encoding(path, reading.encoding)
        if kind not in ("html", "page"):
            with _open(path, reading) as stream:
                _check_columns(stream, str(path), reading, kind)


def read_source(path: Path, reading: Reading) -> Iterator[Row | Reject]:
    """The rows and rejects of one file, or of stdin for `-`, in order, without holding them in memory.

    Raises SourceError where the source cannot be used; NoCommentsError for a page without any.
    """
    name, kind = str(path), _kind(path, reading)
    try:
        with _open(path, reading) as stream:
            if kind in ("html", "page"):
                yield from _page_rows(stream, name, reading, is_html=kind == "html")
            elif kind == "jsonl":
                yield from _jsonl_rows(stream, name, reading)
            else:
                yield from table_rows(stream, name, reading, delimiter=_delimiter(kind))
    except UnicodeError as error:
        raise SourceError(f"{path}: {_not_encoded(reading.encoding)}") from error


def _kind(path: Path, reading: Reading) -> str:
    is_stdin = str(path) == "-"
    if path.is_dir():
        raise SourceError(f"{path}: is a folder; give its files, such as {path}/*.csv")
    if not is_stdin and not path.exists():
        raise SourceError(f"{path}: no such file; check the path")
    kind = reading.kind or ("jsonl" if is_stdin else KINDS.get(path.suffix.lower(), ""))
    if kind not in SOURCE_KINDS:
        raise SourceError(
            f"{path}: cannot tell what kind of file this is; known endings are {', '.join(KINDS)}. "
            f"Give --from with one of {', '.join(SOURCE_KINDS)}"
        )
    return kind


def _delimiter(kind: str) -> str:
    return "\t" if kind == "tsv" else ","


def _open(path: Path, reading: Reading) -> TextIO:
    try:
        if str(path) == "-":
            return io.TextIOWrapper(sys.stdin.buffer, reading.encoding, newline="")
        return path.open(encoding=reading.encoding, newline="")
    except LookupError as error:
        raise SourceError(f"encoding {reading.encoding!r} is unknown; give one such as utf-8 or cp1252") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}; check its permissions") from error


def _check_encoding(path: Path, encoding: str) -> None:
    """Decode the file once in full, so that nothing is tagged in vain."""
    is_empty = True
    with _open(path, Reading(encoding=encoding)) as stream:
        try:
            while chunk := stream.read(1 << 20):
                is_empty = is_empty and not chunk.strip()
        except UnicodeError as error:
            raise SourceError(f"{path}: {_not_encoded(encoding, path)}") from error
    if is_empty:
        raise SourceError(f"{path}: is empty; there is nothing to tag")


def _not_encoded(encoding: str, path: Path | None = None) -> str:
    """What to say of bytes that are not in `encoding`: where the first is, and what the file seems to be."""
    where, guess = "", "cp1252 for files saved by Excel"
    if path is not None:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if number == 1 and (line[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in line):
                    guess = "utf-16, as this file seems to be"
                try:
                    line.decode(encoding)
                except UnicodeDecodeError as error:
                    where = f" (byte 0x{line[error.start]:02x} on line {number})"
                    break
    name = encoding.removesuffix("-sig")
    return f"is not {name}{where}; give --encoding, such as {guess}, or save it as UTF-8"


def _check_columns(stream: TextIO, source: str, reading: Reading, kind: str) -> None:
    """Raise where the header, or the first objects of JSONL, have no column of comments or not the one given."""
    if kind != "jsonl":
        read_header(stream, source, reading, _delimiter(kind))
        return
    objects = [fields for line in islice(stream, N_PEEK) if isinstance(fields := _json(line), dict)]
    found = list(dict.fromkeys(name for fields in objects for name in fields))
    if found:
        find_column(found, reading.text_column, TEXT_COLUMNS, source, "--text-column")
        if reading.article_column:
            find_column(found, reading.article_column, (), source, "--article-column")


def _jsonl_rows(stream: TextIO, source: str, reading: Reading) -> Iterator[Row | Reject]:
    n_rows = 0
    for line, raw in enumerate(stream, 1):
        if not raw.strip():
            continue
        n_rows += 1
        fields = _json(raw)
        if not isinstance(fields, dict):
            reason = fields if isinstance(fields, str) else f"not a JSON object but {type(fields).__name__}"
            yield Reject(source, line, reason, {"raw": raw.rstrip("\r\n")})
            continue
        text_column = known_column(list(fields), (reading.text_column,) if reading.text_column else TEXT_COLUMNS)
        if text_column is None:
            wanted = repr(reading.text_column) if reading.text_column else f"of comments ({', '.join(TEXT_COLUMNS)})"
            yield Reject(source, line, f"no field {wanted}; found {', '.join(fields) or 'none'}", fields)
            continue
        article_names = (reading.article_column,) if reading.article_column else ARTICLE_COLUMNS
        article_column = known_column(list(fields), article_names) or ""
        yield make_row(source, line, fields, fields[text_column], fields.get(article_column) or "", reading)
    if n_rows == 0:
        raise SourceError(f"{source}: is empty; there is nothing to tag")


def _json(raw: str) -> Any:
    """The parsed line, or a string that says why it is none (a line that is a JSON string is none either)."""
    try:
        value = json.loads(raw)
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg}"
    except RecursionError:
        return "not JSON that can be read: nested too deeply"
    except ValueError as error:  # such as an integer of thousands of digits
        return f"not JSON that can be read: {error}"
    return "not a JSON object but a string" if isinstance(value, str) else value


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
        yield make_row(source, comment.line, fields, comment.text, headline, reading)
