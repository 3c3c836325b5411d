"""The parts of README and of the datasheet that are made from code and data.

`python -m tests.made` writes them anew; tests keep them so.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from model.checkpoint import SHIPPED
from model.taxonomy import Taxonomy
from service.settings import Settings
from training.agreement import agreement, agreement_by_hard_part
from training.corpus import load_corpus
from training.stats import statistics

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DATASHEET = ROOT / "data/README.md"


def settings_table() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "the shipped one" if isinstance(field.default, Path) else f"`{field.default}`"
        rows.append([f"`GPCOMMENTS_{name.upper()}`", default, field.description or ""])
    return table(["variable", "default", "what it is"], rows)


def labels_table() -> str:
    taxonomy = Taxonomy.from_toml()
    rows = [[f"`{s.id}`", "stance", s.definition] for s in taxonomy.stances]
    rows += [[f"`{t.id}`", f"{t.tier} theme", t.definition] for t in taxonomy.themes]
    return table(["label", "kind", "a comment that is, or says that…"], rows)


def quality_table() -> str:
    card = (SHIPPED / "README.md").read_text("utf-8")
    found = re.search(r"^\| system .*?\n\n", card, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0].strip()


def file_map() -> str:
    rows = []
    for package in ("model", "service", "training"):
        for file in sorted((ROOT / package).glob("*.py")):
            told = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
            name = f"{package}/" if file.stem == "__init__" else f"{package}/{file.name}"
            if file.stem != "__main__":
                rows.append([f"`{name}`", told.partition("\n\n")[0].replace("\n", " ")])
    rows += [
        ["`model/default/`", "the shipped checkpoint, with its model card"],
        ["`data/`", "the corpus, its datasheet, the codebook, examples"],
        ["`docs/`", "decisions and experiments"],
    ]
    return table(["file", "what it is for"], rows)


def example() -> str:
    told = re.search(r"<!-- example: gpcomments (.*?) -->", README.read_text("utf-8"))
    assert told is not None
    command = [sys.executable, "-m", "service", *told[1].split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return "```text\n" + "\n".join(line.rstrip() for line in done.stdout.strip().splitlines()) + "\n```"


def counts() -> str:
    taxonomy = Taxonomy.from_toml()
    lines = statistics(load_corpus(ROOT / "data/comments", taxonomy), taxonomy)
    return "```text\n" + "\n".join(lines) + "\n```"


def agreement_table() -> str:
    taxonomy = Taxonomy.from_toml()
    records = load_corpus(ROOT / "data/comments", taxonomy)
    everyone, measured = agreement(records, taxonomy), [r for r in records if r.split != "train"]
    blind = [r.model_copy(update={"labels": tuple(x for x in r.labels if x.by != r.origin)}) for r in measured]
    among_blind = agreement(blind, taxonomy)
    rows = [
        [label, f"{alpha:.2f}", f"{f1:.2f}", f"{among_blind[label][0]:.2f}"]
        for label, (alpha, f1, _) in everyone.items()
    ]
    head = ["label", "alpha", "pairwise F1", "alpha of the two blind readers, validation and test"]
    return table(head, rows)


def agreement_by_part() -> str:
    taxonomy = Taxonomy.from_toml()
    parts = agreement_by_hard_part(load_corpus(ROOT / "data/comments", taxonomy), taxonomy)
    rows = [[part, f"{stance:.2f}", f"{themes:.2f}", str(n)] for part, (stance, themes, n) in parts.items()]
    return table(["hard part", "stance alpha", "mean theme alpha", "comments"], rows)


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


README_PARTS = {
    "settings": settings_table,
    "labels": labels_table,
    "quality": quality_table,
    "map": file_map,
    "example: gpcomments tag data/examples/article.txt --explain --to text": example,
}
DATASHEET_PARTS = {
    "counts": counts,
    "agreement": agreement_table,
    "agreement by hard part": agreement_by_part,
}


def written(text: str, parts: dict[str, Callable[[], str]]) -> str:
    """The text with each made part, from its marker to the next blank line after it, made anew."""
    for name, make in parts.items():
        marker = f"<!-- {name} -->\n"
        before, after = text.split(marker)
        old = re.match(r"```text\n.*?```\n|(\|[^\n]*\n)+|", after, re.DOTALL)
        assert old is not None
        text = f"{before}{marker}{make()}\n{after[old.end() :]}"
    return text


if __name__ == "__main__":
    for path, parts in ((DATASHEET, DATASHEET_PARTS), (README, README_PARTS)):
        path.write_text(written(path.read_text("utf-8"), parts), "utf-8")
