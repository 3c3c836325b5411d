"""The batch command: rows stream from sources through the tagger to one output.

Rows in = rows out + rejects, checked at the end. The output appears under its name only when it is whole.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from model.errors import CommentError
from model.tagger import Tagger
from model.text import Encoded
from service.outputs import Sink, TaggedRow
from service.rows import Reject, Row

BATCH_ROWS = 256


@dataclass(frozen=True, slots=True)
class Summary:
    """What an archive run did. `n_rows == n_tagged + n_rejects` always."""

    n_rows: int
    n_tagged: int
    n_rejects: int

    def __str__(self) -> str:
        return f"{self.n_rows:,} rows = {self.n_tagged:,} tagged + {self.n_rejects:,} rejected"


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where results go: tagged rows as JSON objects, rejects, and the number of rows done so far."""

    tagged: Sink
    reject: Callable[[Reject], None]
    progress: Callable[[int], None]


def tag_rows(rows: Iterable[Row | Reject], tagger: Tagger, sinks: Sinks, *, explain: bool = False) -> Summary:
    """Tag rows in batches, in order; memory does not grow with their number."""
    n_rows = n_tagged = n_rejects = 0
    iterator = iter(rows)
    while chunk := list(islice(iterator, BATCH_ROWS)):
        for row, result in zip(chunk, _tag_chunk(chunk, tagger, explain=explain), strict=True):
            n_rows += 1
            if isinstance(result, Reject):
                n_rejects += 1
                sinks.reject(result)
            elif isinstance(row, Row):
                n_tagged += 1
                sinks.tagged(result, row.comment)
        sinks.progress(n_rows)
    return Summary(n_rows, n_tagged, n_rejects)


def _tag_chunk(chunk: Sequence[Row | Reject], tagger: Tagger, *, explain: bool) -> Iterator[TaggedRow | Reject]:
    encoded = [row if isinstance(row, Reject) else _encode(row, tagger) for row in chunk]
    batch = [item for item in encoded if not isinstance(item, Reject)]
    logits = iter(tagger.run(batch))
    for row, item in zip(chunk, encoded, strict=True):
        if isinstance(item, Reject) or isinstance(row, Reject):
            yield item  # type: ignore[misc]  # a reject stays itself in `encoded`
            continue
        its_logits = next(logits)
        tags = tagger.explain(row.comment, its_logits, item) if explain else tagger.decode(its_logits, item)
        yield _output(row, tags.as_dict())


def _encode(row: Row, tagger: Tagger) -> Encoded | Reject:
    """The row's windows, or a reject where its headline leaves no room for it in one."""
    try:
        return tagger.encode(row.comment)
    except CommentError as error:
        return Reject(row.source, row.line, str(error), row.fields)


def _output(row: Row, tags: dict[str, Any]) -> TaggedRow:
    """The row's own columns, where it came from, and its tags; an own column named like a tag moves aside."""
    ours = {"source": row.source, "line": row.line, **tags}
    own = {(f"input_{name}" if name in ours else name): value for name, value in row.fields.items()}
    return own | ours
