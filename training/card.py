"""The model card, written at every save from what was measured."""

from collections.abc import Sequence

from model.checkpoint import TaggerFile
from training.evaluate import Evaluation

Curve = Sequence[dict[str, float]]

_HEAD = """---
license: apache-2.0
language: en
pipeline_tag: text-classification
library_name: transformers
base_model: sentence-transformers/all-MiniLM-L6-v2
---
"""


def model_card(file: TaggerFile, evaluations: Sequence[Evaluation], *, n_train: int, curve: Curve) -> str:
    """README.md of a checkpoint; `evaluations` are on the test split, the model's first."""
    ours, stance = evaluations[0], file.calibration.stance
    groups = list(ours.macro_f1)
    lines = [
        _HEAD + f"# {file.name}",
        f"Tags a clinician's comment on health policy by stance ({len(file.taxonomy.stances)} labels, exclusive) and "
        f"theme ({len(file.taxonomy.themes)} labels, any number). An encoder ({file.base}) with one linear layer of "
        f"{len(file.taxonomy.labels)} logits, fine-tuned on {n_train:,} comments that were written and labelled for "
        "this project.",
        "Stock transformers loads it (`AutoModelForSequenceClassification`), but calibration, thresholds and windows "
        "for long comments live in `tagger.json` and are applied by `model.tagger.Tagger`.",
        "## Quality",
        f"Test split, {ours.n_comments} comments under headlines and by writers that training and validation do not "
        "have; macro-F1 with 95 % bootstrap intervals over comments.",
        _table(["system", *groups], [[e.system, *(str(e.macro_f1[g]) for g in groups)] for e in evaluations]),
        _table(
            ["label", "precision", "recall", "F1", "n"],
            [[r.label, f"{r.precision:.2f}", f"{r.recall:.2f}", str(r.f1), str(r.n)] for r in ours.rows],
        ),
        "By hard part (marks set by the writers; a comment may have several): stance accuracy, and F1 over all theme "
        "calls together.",
        _table(
            ["hard part", "stance accuracy", "theme F1", "n"],
            [[p.mark, str(p.stance_accuracy), str(p.theme_f1), str(p.n)] for p in ours.parts],
        ),
        "## Honesty",
        _table(["on test", "value"], [[name, f"{value:.3f}"] for name, value in ours.calibration.items()]),
        (
            f"Stance temperature {stance.temperature:.2f}; conformal stance sets at risk {stance.risk:.0%}. "
            if stance
            else ""
        )
        + f"A theme asks for review where its call is wrong with probability over {file.calibration.theme_risk:.0%}. "
        "Temperature, Platt scaling, thresholds and the choice of epoch all use the validation split.",
        "## Limits",
        "- Trained on invented comments in the register of British general practice; other professions, countries "
        "and topics are out of its depth.\n"
        "- Irony is learnt from few examples, and a comment without its headline loses its target.\n"
        "- A tag says what a comment argues, not what its author believes; it must not be used to judge a person.\n"
        "- Counts of tags inherit the errors above: quote them with the intervals.",
        "## Made from",
        _table(
            ["", ""],
            [
                ["base", f"{file.base} (all-MiniLM-L6-v2, Apache-2.0)" if "minilm" in file.base else file.base],
                ["data fingerprint", file.data_fingerprint],
                ["taxonomy fingerprint", file.taxonomy_fingerprint],
                ["gpcomments", file.code_version],
                ["ONNX weights", file.onnx_weights],
                ["epochs", f"{len(curve)}, best {max(curve, key=lambda p: p['mean'])['epoch']:.0f}"],
            ],
        ),
    ]
    return "\n\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)
