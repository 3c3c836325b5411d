"""The learning curve: macro-F1 on test against the share of the training split, over seeds.

Each point is a training of its own on a random share of the training comments (contrast pairs kept together),
calibrated on validation like any other; its scores go to a JSONL file as they come, and a rerun goes on there.
"""

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import altair
import numpy as np

from model.decode import decode
from model.runtime import run_comments, runtime_of
from model.taxonomy import Taxonomy
from training.calibrate import calibrate
from training.config import Config, load_config
from training.corpus import Record, fingerprint, load_corpus, of_split
from training.fit import fit, pooled_logits
from training.metrics import label_groups, macro_f1, multi_hot, predicted_of, stance_indices, truth_of

SHARES = (0.125, 0.25, 0.5, 1.0)
Say = Callable[[str], None]


def run_curve(config_path: Path, out: Path, *, n_seeds: int, say: Say) -> list[dict[str, Any]]:
    """Train and score every share and seed that `out`/points.jsonl does not hold yet; write the chart beside it."""
    config = load_config(config_path)
    taxonomy = Taxonomy.from_toml(config.taxonomy)
    records = load_corpus(config.data, taxonomy)
    out.mkdir(parents=True, exist_ok=True)
    path, data = out / "points.jsonl", fingerprint(records)
    settings = config.model_dump_json(exclude={"seed", "data", "taxonomy", "name"})
    run = hashlib.sha256(settings.encode()).hexdigest()[:16]
    points = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    points = [point for point in points if (point["data"], point["config"]) == (data, run)]
    for share in SHARES:
        for seed in range(config.seed, config.seed + n_seeds):
            if any(point["share"] == share and point["seed"] == seed for point in points):
                continue
            seeded = config.model_copy(update={"seed": seed})
            train = share_of(of_split(records, "train"), share, seed=seed)
            point = {"share": share, "seed": seed, "data": data, "config": run, "n_train": len(train)}
            point |= _score(seeded, taxonomy, train, records)
            points.append(point)
            with path.open("a", encoding="utf-8") as stream:
                print(json.dumps(point), file=stream)
            say("  ".join(f"{name} {value}" for name, value in point.items() if name not in ("data", "config")))
    chart(points).save(str(out / "learning-curve.svg"))
    return points


def share_of(records: Sequence[Record], share: float, *, seed: int) -> list[Record]:
    """A random share of the records, members of a pair together, in their order."""
    groups = [record.pair or f"record {i}" for i, record in enumerate(records)]
    shuffled = sorted(set(groups))
    random.Random(seed).shuffle(shuffled)
    kept = set(shuffled[: round(share * len(shuffled))])
    return [record for record, group in zip(records, groups, strict=True) if group in kept]


def _score(config: Config, taxonomy: Taxonomy, train: Sequence[Record], records: Sequence[Record]) -> dict[str, float]:
    validation, test = of_split(records, "validation"), of_split(records, "test")
    fitted = fit(config, taxonomy, train, validation, say=lambda line: None)
    calibration = calibrate(
        pooled_logits(fitted.model, [fitted.encoder.encode(r.comment) for r in validation], taxonomy),
        stance_indices(validation, taxonomy), multi_hot(validation, taxonomy), taxonomy, config,
    )  # fmt: skip
    batch = [fitted.encoder.encode(record.comment) for record in test]
    parts = run_comments(runtime_of(fitted.model), batch, n_labels=len(taxonomy.labels))
    tags = [decode(p, e, taxonomy=taxonomy, calibration=calibration) for p, e in zip(parts, batch, strict=True)]
    truth, predicted = truth_of(test, taxonomy), predicted_of(tags, taxonomy)
    groups = label_groups(taxonomy).items()
    return {name: round(macro_f1(truth[:, columns], predicted[:, columns]), 4) for name, columns in groups}


def chart(points: Sequence[dict[str, Any]]) -> Any:
    """Each group's mean and range over seeds against the number of training comments, on a log scale."""
    rows = []
    for share in sorted({point["share"] for point in points}):
        at_share = [point for point in points if point["share"] == share]
        for group in ("stance", "core themes", "all themes"):
            scores = [point[group] for point in at_share if group in point]
            if scores:
                n_train = float(np.mean([point["n_train"] for point in at_share]))
                row = {"comments": n_train, "mean": float(np.mean(scores)), "low": min(scores), "high": max(scores)}
                rows.append(row | {"labels": group})
    base = altair.Chart(altair.InlineData(values=rows)).encode(
        x=altair.X("comments:Q", scale=altair.Scale(type="log"), title="training comments"),
        color=altair.Color("labels:N", title=None),
    )
    mean = altair.Y("mean:Q", scale=altair.Scale(domain=[0, 1]), title="macro-F1 on test, mean and range of seeds")
    line = base.mark_line(point=True).encode(y=mean)
    return (base.mark_rule().encode(y="low:Q", y2="high:Q") + line).properties(width=480, height=300)
