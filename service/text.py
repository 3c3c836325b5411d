"""Tagged comments for a person at a terminal."""

from collections.abc import Callable, Mapping
from typing import Any, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text


def text_writer(out: TextIO) -> Callable[[Mapping[str, Any]], None]:
    """A sink that prints each comment with its tags, and with its evidence where there is some."""
    console = Console(file=out, highlight=False, width=None if out.isatty() else 100)
    shown_article = ""

    def write(row: Mapping[str, Any]) -> None:
        nonlocal shown_article
        article = str(row.get("article") or "")
        if article != shown_article:
            console.print(Text(f"\n{article}", style="bold underline"))
            shown_article = article
        console.print()
        console.print(_who(row))
        console.print(Padding(Text(_comment_of(row)), (0, 0, 0, 2)))
        console.print(_labels(row))
        for evidence in row["evidence"] or []:
            label, drop = evidence["label"].partition("/")[2], evidence["drop"]
            console.print(
                Padding(Text(f"{label} −{max(drop, 0):.2f}: “{evidence['sentence']}”", "dim"), (0, 0, 0, 6))
            )

    return write


def _who(row: Mapping[str, Any]) -> Text:
    return Text(str(row.get("author") or row.get("id") or f"{row['source']}:{row['line']}"), style="bold cyan")


def _comment_of(row: Mapping[str, Any]) -> str:
    from service.formats import TEXT_COLUMNS  # noqa: PLC0415

    return next((str(row[c]) for c in TEXT_COLUMNS if row.get(c)), "")


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
