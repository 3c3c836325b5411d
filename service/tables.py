"""CSV and TSV: a header, then rows; where quotes go wrong, only the line on which a row begins is lost."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from model.errors import SourceError
from service.rows import ARTICLE_COLUMNS, TEXT_COLUMNS, Reading, Reject, Row, find_column, known_column, make_row

MAX_FIELD_CHARS = 16_000_000


@dataclass(frozen=True, slots=True)
class _BadLine:
    raw: str
    problem: str


def read_header(stream: TextIO, source: str, reading: Reading, delimiter: str) -> tuple[list[str], str, str, int]:
    """The header, the columns of comments and of headlines ("" for none), and how many lines it took."""
    csv.field_size_limit(MAX_FIELD_CHARS)
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    try:
        header = next((cells for cells in reader if cells), [])
    except csv.Error as error:
        raise SourceError(f"{source}: its first line cannot be read as a header: {error}; check its quotes") from error
    if "\0" in "".join(header):
        raise SourceError(f"{source}: its header holds NUL characters; give --encoding, such as utf-16")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise SourceError(f"{source}: the column {twice[0]!r} stands twice in the header; rename one of them")
    text_column = find_column(header, reading.text_column, TEXT_COLUMNS, source, "--text-column")
    if reading.article_column:
        article_column = find_column(header, reading.article_column, (), source, "--article-column")
    else:
        article_column = known_column(header, ARTICLE_COLUMNS) or ""
    return header, text_column, article_column, reader.line_num


def table_rows(stream: TextIO, source: str, reading: Reading, *, delimiter: str) -> Iterator[Row | Reject]:
    header, text_column, article_column, n_header_lines = read_header(stream, source, reading, delimiter)
    for line, cells in _cells(stream, delimiter, first_line=n_header_lines + 1):
        if isinstance(cells, _BadLine):
            yield Reject(source, line, f"{cells.problem}; check its quotes", {"raw": cells.raw})
            continue
        fields = dict(zip(header, cells, strict=False))
        if len(cells) != len(header):
            reason = f"{len(cells)} fields where the header has {len(header)}; quote its commas"
            yield Reject(source, line, reason, {"raw": cells})
            continue
        yield make_row(source, line, fields, fields[text_column], fields.get(article_column, ""), reading)


def _cells(lines: Iterator[str], delimiter: str, *, first_line: int) -> Iterator[tuple[int, list[str] | _BadLine]]:
    """(line where it begins, cells) of each row that is not blank. Where quotes go wrong, only the line on which
    the row begins is lost, and reading goes on after it."""
    line, put_back = first_line, deque[str]()
    while True:
        seen: list[str] = []
        reader = csv.reader(_noting(lines, put_back, seen), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if cells:
                    yield line, cells
                line += len(seen)
                seen.clear()
            return
        except csv.Error as error:
            yield line, _BadLine(seen[0].rstrip(), str(error))
            line += 1
            put_back.extendleft(reversed(seen[1:]))


def _noting(lines: Iterator[str], put_back: deque[str], seen: list[str]) -> Iterator[str]:
    """The lines put back, then the others, each noted in `seen` as it goes."""
    while True:
        line = put_back.popleft() if put_back else next(lines, None)
        if line is None:
            return
        seen.append(line)
        yield line
