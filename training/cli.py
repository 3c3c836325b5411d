"""`gpcomments-train`: fit, evaluate, and look at the data. Needs the extra `train`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from model.errors import DataError, GpcommentsError
from model.taxonomy import SHIPPED, Taxonomy

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__, rich_markup_mode=None)
data_app = typer.Typer(
    no_args_is_help=True, help="Check a corpus and measure how its readers agree.", rich_markup_mode=None
)
app.add_typer(data_app, name="data")

talk = Console(stderr=True)
DataPath = Annotated[Path, typer.Argument(metavar="DATA", help="A JSONL file, or a folder of them.")]
TaxonomyPath = Annotated[Path, typer.Option("--taxonomy", help="A taxonomy file; default: the shipped one.")]


@app.command(epilog="Example: gpcomments-train fit training/configs/default.toml")
def fit(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A TOML file; see training/configs/.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The checkpoint folder to write; default: runs/NAME of the config."),
    ] = None,
) -> None:
    """Fine-tune a base model on labelled comments and write a checkpoint with its model card."""
    from training.run import run_fit  # noqa: PLC0415 -- torch takes seconds to import

    typer.echo(str(run_fit(config, out, say=talk.print)[0]))


@app.command(epilog="Example: gpcomments-train evaluate model/default data/comments")
def evaluate(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="A checkpoint folder.")],
    data: DataPath,
    split: Annotated[
        str, typer.Option(help="Which split to score; records without a split are always scored.")
    ] = "test",
    train: Annotated[
        Path | None, typer.Option(help="Where the baselines' training split is; default: DATA itself.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Macro-F1 of a checkpoint and of two baselines, with 95 % bootstrap intervals."""
    from training.run import run_evaluate  # noqa: PLC0415

    evaluations = run_evaluate(checkpoint, data, split=split, train=train, say=talk.print)
    if as_json:
        typer.echo(json.dumps([e.as_dict() for e in evaluations], indent=1))
        return
    console, groups = Console(width=120 if not sys.stdout.isatty() else None), list(evaluations[0].macro_f1)
    table = Table("system", *groups, title=f"macro-F1 on {evaluations[0].n_comments} comments, 95 % intervals")
    for e in evaluations:
        table.add_row(e.system, *(str(e.macro_f1[g]).replace("[", r"\[") for g in groups))
    console.print(table)
    rows = Table(
        Column("label", no_wrap=True), "precision", "recall", "F1", *(f"F1 {e.system}" for e in evaluations[1:]), "n"
    )
    for i, row in enumerate(evaluations[0].rows):
        others = (f"{e.rows[i].f1.value:.3f}" for e in evaluations[1:])
        f1 = str(row.f1).replace("[", r"\[")
        rows.add_row(row.label, f"{row.precision:.2f}", f"{row.recall:.2f}", f1, *others, str(row.n))
    console.print(rows)
    if evaluations[0].parts:
        parts = Table(Column("hard part", no_wrap=True), "stance accuracy", "theme F1, all calls", "n")
        for p in evaluations[0].parts:
            scores = (str(score).replace("[", r"\[") for score in (p.stance_accuracy, p.theme_f1))
            parts.add_row(p.mark, *scores, str(p.n))
        console.print(parts)
    for name, value in evaluations[0].calibration.items():
        console.print(f"{name}: {value:.3f}")


@app.command(epilog="Example: gpcomments-train curve training/configs/default.toml --out docs/learning-curve")
def curve(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A TOML file; see training/configs/.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for points.jsonl and learning-curve.svg.")],
    seeds: Annotated[int, typer.Option(help="Trainings for each share, from the config's seed on.")] = 3,
) -> None:
    """Macro-F1 on test after training on an eighth, a quarter, a half and all of the training split."""
    from training.curve import run_curve  # noqa: PLC0415

    run_curve(config, out, n_seeds=seeds, say=talk.print)


@data_app.command(epilog="Example: gpcomments-train data agreement data/comments")
def agreement(
    data: DataPath,
    taxonomy: TaxonomyPath = SHIPPED,
    by_hard_part: Annotated[
        bool, typer.Option(help="Also the stance's and the themes' mean alpha per hard part.")
    ] = False,
) -> None:
    """Krippendorff's alpha and pairwise F1 per label, over comments with two independent readings or more."""
    from training.agreement import agreement as measure  # noqa: PLC0415
    from training.agreement import agreement_by_hard_part  # noqa: PLC0415
    from training.corpus import load_corpus  # noqa: PLC0415

    labels = Taxonomy.from_toml(taxonomy)
    records = [r for r in load_corpus(data, labels) if len(r.labels) >= 2]
    if not records:
        raise DataError(f"{data}: no record has two readings in `labels`; agreement cannot be measured")
    table = Table(Column("label", no_wrap=True), "alpha", "pairwise F1", "comments")
    for label, (alpha, f1, n) in measure(records, labels).items():
        table.add_row(label, f"{alpha:.3f}", f"{f1:.3f}", str(n))
    console = Console(width=100)
    console.print(table)
    if by_hard_part:
        parts = Table(Column("hard part", no_wrap=True), "stance alpha", "mean theme alpha", "comments")
        for part, row in agreement_by_hard_part(records, labels).items():
            parts.add_row(part, f"{row[0]:.3f}", f"{row[1]:.3f}", str(row[2]))
        console.print(parts)


@data_app.command(epilog="Example: gpcomments-train data check data/comments")
def check(
    data: DataPath,
    taxonomy: TaxonomyPath = SHIPPED,
    targets: Annotated[
        Path | None,
        typer.Option(help="What the corpus must hold; default: targets.toml beside DATA, if there is one."),
    ] = None,
) -> None:
    """Schema, labels, leaks between splits, targets, shallow cues, privacy. Exits 1 on a breach."""
    from training.corpus import load_corpus  # noqa: PLC0415
    from training.splits import leaks  # noqa: PLC0415
    from training.stats import statistics  # noqa: PLC0415
    from training.targets import Targets, load_targets, missed  # noqa: PLC0415

    labels = Taxonomy.from_toml(taxonomy)
    records = load_corpus(data, labels)
    for line in statistics(records, labels):
        typer.echo(line)
    beside = data.resolve().parent / "targets.toml"
    wanted = load_targets(targets or beside) if targets or beside.exists() else Targets()
    problems = leaks(records) + missed(records, labels, wanted)
    for problem in problems:
        talk.print(f"breach: {problem}", markup=False)
    if problems:
        raise typer.Exit(1)
    talk.print("no breach")


def main() -> None:
    """Run the command line; an error of ours becomes one line on stderr and exit code 2."""
    try:
        app()
    except GpcommentsError as error:
        talk.print(f"error: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    except ModuleNotFoundError as error:
        talk.print(
            f"error: {error.name} is not installed: pip install '.[train]' in the project", soft_wrap=True, markup=False
        )
        sys.exit(2)
