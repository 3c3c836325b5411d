"""Labelled comments as checked records.

A corpus is a JSONL file or a folder of them, one object a line. Only `text` and the labels are required, so
that anyone's labelled comments can be evaluated; the project's own also say who wrote and who labelled them.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from model.errors import CommentError, DataError
from model.taxonomy import Taxonomy, first_problem
from model.text import Comment

Split = Literal["train", "validation", "test"]


class Reading(BaseModel):
    """How one person labelled a comment; `by` is the person's code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    stance: str | None = None
    themes: tuple[str, ...] = ()
    ironic: bool = False


class Record(BaseModel):
    """A comment with its final labels. `labels` holds the independent readings that led to them, `reason` how
    a disagreement was settled, `hard` which of the codebook's difficulties it shows, `origin` its writer, `pair`
    the contrast pair that it is a member of."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = ""
    article: str = ""
    text: str
    stance: str | None = None
    themes: tuple[str, ...] = ()
    ironic: bool = False
    split: Split | None = None
    origin: str = ""
    labels: tuple[Reading, ...] = ()
    reason: str = ""
    hard: tuple[str, ...] = ()
    pair: str = ""

    @property
    def comment(self) -> Comment:
        return Comment(self.text, article=self.article)


def load_corpus(path: Path, taxonomy: Taxonomy) -> list[Record]:
    """All records of a JSONL file or of a folder's `*.jsonl`, in order.

    Raises DataError, which names file, line and field, at the first record that is malformed, cannot be
    tagged, or has a label that the taxonomy does not know.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise DataError(f"{path}: no *.jsonl file in this folder; give a JSONL file or a folder of them")
    records = [record for file in files for record in _read(file, taxonomy)]
    if not records:
        raise DataError(f"{path}: holds no records; give JSONL with one labelled comment a line")
    return records


def of_split(records: Iterable[Record], split: Split) -> list[Record]:
    """The records of one split."""
    return [record for record in records if record.split == split]


def fingerprint(records: Sequence[Record]) -> str:
    """Sixteen hex digits over articles, texts, labels and splits, in order."""
    digest = hashlib.sha256()
    for r in records:
        digest.update(json.dumps([r.article, r.text, r.stance, sorted(r.themes), r.split]).encode())
    return digest.hexdigest()[:16]


def _read(file: Path, taxonomy: Taxonomy) -> list[Record]:
    try:
        lines = file.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read: {error}; give a JSONL file in UTF-8") from error
    return [_parse(line, f"{file}:{n}", taxonomy) for n, line in enumerate(lines, 1) if line.strip()]


def _parse(line: str, where: str, taxonomy: Taxonomy) -> Record:
    try:
        record = Record.model_validate_json(line)
        _ = record.comment
    except ValidationError as error:
        raise DataError(f"{where}: {first_problem(error)}; mend this line") from error
    except CommentError as error:
        raise DataError(f"{where}: {error}") from error
    _check_labels(record, where, taxonomy)
    for reading in record.labels:
        _check_labels(reading, where, taxonomy)
    return record


def _check_labels(reading: Record | Reading, where: str, taxonomy: Taxonomy) -> None:
    if taxonomy.stances and reading.stance not in taxonomy.stance_ids:
        raise DataError(f"{where}: stance {reading.stance!r} is none of {', '.join(taxonomy.stance_ids)}")
    unknown = sorted(set(reading.themes) - set(taxonomy.theme_ids))
    if unknown:
        raise DataError(f"{where}: theme {unknown[0]!r} is none of {', '.join(taxonomy.theme_ids)}")
