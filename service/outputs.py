"""Rows out: JSONL, CSV, or text for a person at a terminal. Each is a sink that takes a tagged row."""

import csv
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from model.text import Comment

TaggedRow = dict[str, Any]
Sink = Callable[[TaggedRow, Comment], None]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@contextmanager
def open_sink(out: TextIO, kind: str) -> Iterator[Sink]:
    """The sink of a kind (jsonl, csv or text) over an open stream."""
    if kind == "csv":
        with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
            yield jsonl_sink(spool)
            write_csv(spool, out)
    else:
        yield jsonl_sink(out) if kind == "jsonl" else text_sink(out)


def jsonl_sink(out: TextIO) -> Sink:
    """One JSON object a line. A row that holds half a surrogate pair, which UTF-8 cannot, is escaped to ASCII."""

    def write(row: TaggedRow, comment: Comment) -> None:
        line = json.dumps(row, ensure_ascii=False)
        if re.search("[\ud800-\udfff]", line):
            line = json.dumps(row)
        print(line, file=out)

    return write


def write_csv(rows: TextIO, out: TextIO) -> None:
    """Turn JSONL rows into CSV; its columns are all that any row has, in order of appearance."""
    rows.seek(0)
    columns: dict[str, None] = {}
    for line in rows:
        columns |= dict.fromkeys(flat(json.loads(line)))
    rows.seek(0)
    writer = csv.DictWriter(out, list(columns))
    writer.writeheader()
    writer.writerows(flat(json.loads(line)) for line in rows)


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A tagged row as one level of columns: labels joined by `;`, a column a probability."""
    columns: dict[str, Any] = {}
    for name, value in row.items():
        if name == "stance" and isinstance(value, Mapping):
            columns["stance"] = value["label"]
            columns |= {f"p_stance_{label}": p for label, p in value["probabilities"].items()}
        elif name == "themes" and isinstance(value, list):
            columns["themes"] = ";".join(theme["label"] for theme in value)
        elif name == "theme_probabilities":
            columns |= {f"p_theme_{label}": p for label, p in value.items()}
        elif name == "evidence" and value is None:
            continue
        else:
            columns[name] = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
    return columns


def text_sink(out: TextIO) -> Sink:
    """Each comment with its tags, and with its evidence where there is some, under its article."""
    console = Console(file=out, highlight=False, width=None if out.isatty() else 100)
    shown_article = ""

    def write(row: TaggedRow, comment: Comment) -> None:
        nonlocal shown_article
        if comment.article != shown_article:
            console.print(Text(f"\n{_plain(comment.article)}", style="bold underline"))
            shown_article = comment.article
        console.print()
        console.print(
            Text(_plain(str(row.get("author") or row.get("id") or f"{row['source']}:{row['line']}")), "bold cyan")
        )
        console.print(Padding(Text(_plain(comment.text)), (0, 0, 0, 2)))
        console.print(_labels(row))
        for evidence in row["evidence"] or []:
            label, drop = evidence["label"].partition("/")[2], max(evidence["drop"], 0)
            console.print(Padding(Text(f"{label} −{drop:.2f}: “{_plain(evidence['sentence'])}”", "dim"), (0, 0, 0, 6)))

    return write


def _plain(text: str) -> str:
    """Without control characters, which a terminal would obey."""
    return _CONTROL.sub("�", text)


def _labels(row: Mapping[str, Any]) -> Text:
    line = Text("  → ")
    if row["stance"]:
        label = row["stance"]["label"]
        line.append(f"{label} {row['stance']['probabilities'][label]:.2f}", style="bold")
    for theme in row["themes"]:
        line.append(f"  {theme['label']} {theme['probability']:.2f}", style="green")
    if row["needs_review"]:
        line.append("  needs review", style="yellow")
    return line
