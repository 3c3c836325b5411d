"""The two long commands as functions: one run from config to checkpoint, one evaluation of a checkpoint."""

from collections.abc import Callable
from pathlib import Path

from model.errors import DataError
from model.tagger import Tagger
from model.taxonomy import Taxonomy
from training.card import model_card
from training.config import load_config
from training.corpus import Record, fingerprint, load_corpus, of_split
from training.evaluate import Evaluation, evaluate, evaluate_baselines
from training.splits import leaks

Say = Callable[[str], None]


def run_fit(config_path: Path, out: Path | None, *, say: Say) -> tuple[Path, list[Evaluation]]:
    """Train, export, evaluate the saved checkpoint on the test split, and write its model card. Returns the
    checkpoint's folder (`runs/NAME` where none is given), and the scores of the model and of its baselines.

    Raises DataError where a split is missing, or an article, writer or text stands in two.
    """
    from training.export import Provenance, export, write_tagger  # noqa: PLC0415 -- onnx and torch
    from training.fit import fit  # noqa: PLC0415

    config = load_config(config_path)
    out = out or Path("runs") / config.name
    taxonomy = Taxonomy.from_toml(config.taxonomy)
    records = load_corpus(config.data, taxonomy)
    problems = leaks(records)
    if problems:
        raise DataError(f"{config.data}: the splits leak: {problems[0]} ({len(problems)} in all); mend the splits")
    train, validation, test = (_required(records, split, config.data) for split in ("train", "validation", "test"))
    say(f"{len(train)} train, {len(validation)} validation, {len(test)} test; base {config.base}")
    fitted = fit(config, taxonomy, train, validation, say=say)
    file = export(fitted, Provenance(config, taxonomy, fingerprint(records)), validation, out)
    (out / "README.md").write_text("", "utf-8")  # a checkpoint opens only when whole; the card needs its scores
    evaluations = [evaluate(Tagger.load(out, device="cpu"), test), *evaluate_baselines(train, test, taxonomy)]
    settings = config.model_dump(mode="json") | {"data": config.data.name, "taxonomy": config.taxonomy.name}
    metrics = {"test": evaluations[0].as_dict(), "curve": list(fitted.curve), "config": settings}
    write_tagger(file.model_copy(update={"metrics": metrics}), out)
    card = model_card(file, evaluations, n_train=len(train), curve=fitted.curve)
    (out / "README.md").write_text(card, "utf-8")
    for e in evaluations:
        say(f"{e.system}: " + ", ".join(f"{group} {score}" for group, score in e.macro_f1.items()))
    return out, evaluations


def run_evaluate(checkpoint: Path, data: Path, *, split: str, train: Path | None, say: Say) -> list[Evaluation]:
    """The checkpoint's scores, then the baselines' where there is a training split to fit them on."""
    tagger = Tagger.load(checkpoint)
    records = load_corpus(data, tagger.taxonomy)
    scored = [record for record in records if record.split in (split, None)]
    if not scored:
        raise DataError(f"{data}: no record of split {split!r}; give another --split, or records without one")
    fitted_on = of_split(load_corpus(train, tagger.taxonomy) if train else records, "train")
    if not fitted_on:
        say("no training split: the baselines are left out; give one with --train")
        return [evaluate(tagger, scored)]
    return [evaluate(tagger, scored), *evaluate_baselines(fitted_on, scored, tagger.taxonomy)]


def _required(records: list[Record], split: str, where: Path) -> list[Record]:
    part = [record for record in records if record.split == split]
    if not part:
        raise DataError(f"{where}: no record of split {split!r}; a run needs train, validation and test")
    return part
