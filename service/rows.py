"""What every source yields: rows that can be tagged, and rejects that say why not; and how columns are found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model.errors import CommentError, SourceError
from model.text import Comment

TEXT_COLUMNS = ("text", "comment", "comment_text", "body", "content", "message")
ARTICLE_COLUMNS = ("article", "headline", "article_title", "title")


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


def make_row(
    source: str, line: int, fields: Mapping[str, Any], text: Any, article: Any, reading: Reading
) -> Row | Reject:
    """The row, or the reject that its text or headline makes it."""
    try:
        return Row(source, line, fields, Comment(text, article=article or reading.article))
    except CommentError as error:
        return Reject(source, line, str(error), fields)


def find_column(found: Sequence[str], given: str | None, known: tuple[str, ...], source: str, option: str) -> str:
    """The column that is given, or known, among those found. Raises SourceError, which names them."""
    name = known_column(found, (given,) if given else known)
    if name is None:
        wanted = f"no column {given!r}" if given else f"no column of comments ({', '.join(known)})"
        raise SourceError(f"{source}: {wanted}; found {', '.join(found) or 'none'}. Name it with {option}")
    return name


def known_column(found: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of `names` that is among the columns found, whatever its case."""
    lowered = {column.strip().lower(): column for column in reversed(found)}
    return next((lowered[name.lower()] for name in names if name.lower() in lowered), None)
