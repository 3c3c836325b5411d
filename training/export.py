"""A fitted model → a checkpoint folder.

The ONNX file that the CPU runs has int8 weights (blocks of 32, each with its scale, activations quantised per
block at run time) where they change at most 1.5 % of the stances and of the theme calls on validation; otherwise
fp16-stored weights that are computed in fp32.
"""

import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from transformers import AutoModelForSequenceClassification

from model.checkpoint import Golden, TaggerFile, digests
from model.decode import decode, pool
from model.runtime import Floats, Runtime, onnx_runtime, run_comments, run_windows, runtime_of
from model.taxonomy import Taxonomy
from model.text import Comment, Encoder
from training.calibrate import calibrate
from training.config import Config
from training.corpus import Record
from training.fit import Fitted
from training.metrics import multi_hot, stance_indices

Labels = tuple[str | None, frozenset[str]]
"""A comment's stance and themes."""
Weights = Literal["int8", "fp16"]

MAX_CHANGED = 0.015
LEAST_TOLERANCE = 0.05
"""In logits. Golden inputs may differ by twice what CPU and torch differ by on validation, and by this at least."""
N_GOLDEN = 4
BLOCK = 32


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the checkpoint is made from."""

    config: Config
    taxonomy: Taxonomy
    data_fingerprint: str


def export(fitted: Fitted, made_from: Provenance, validation: Sequence[Record], folder: Path) -> TaggerFile:
    """Write all files of a checkpoint but the model card; calibrated on `validation`. Returns `tagger.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    fitted.model.half().save_pretrained(folder)
    fitted.tokenizer.save_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    taxonomy = made_from.taxonomy
    batch = [fitted.encoder.encode(record.comment) for record in validation]
    reference = run_comments(runtime_of(model), batch, n_labels=len(taxonomy.labels))
    calibration = calibrate(
        np.stack([pool(logits, e, taxonomy=taxonomy) for logits, e in zip(reference, batch, strict=True)]),
        stance_indices(validation, taxonomy),
        multi_hot(validation, taxonomy),
        taxonomy,
        made_from.config,
    )

    def labels_from(parts: Sequence[Floats]) -> list[Labels]:
        tags = [decode(x, e, taxonomy=taxonomy, calibration=calibration) for x, e in zip(parts, batch, strict=True)]
        return [(t.stance, frozenset(t.themes)) for t in tags]

    def is_close(runtime: Runtime) -> bool:
        others = run_comments(runtime, batch, n_labels=len(taxonomy.labels))
        return _changed(labels_from(reference), labels_from(others), len(taxonomy.themes)) <= MAX_CHANGED

    onnx_weights = _write_onnx(model, folder / "model.onnx", is_close)
    cpu = onnx_runtime(folder / "model.onnx")
    on_cpu = run_comments(cpu, batch, n_labels=len(taxonomy.labels))
    drift = max(float(np.abs(a - b).max()) for a, b in zip(on_cpu, reference, strict=True))
    file = TaggerFile(
        name=made_from.config.name,
        version=version("gpcomments"),
        base=made_from.config.base,
        taxonomy=taxonomy,
        taxonomy_fingerprint=taxonomy.fingerprint,
        window_tokens=made_from.config.window_tokens,
        calibration=calibration,
        golden=_golden(cpu, fitted.encoder, validation, len(taxonomy.labels)),
        golden_tolerance=round(max(LEAST_TOLERANCE, 2 * drift), 3),
        sha256=digests(folder),
        onnx_weights=onnx_weights,
        data_fingerprint=made_from.data_fingerprint,
        code_version=version("gpcomments"),
    )
    write_tagger(file, folder)
    return file


def write_tagger(file: TaggerFile, folder: Path) -> None:
    """Write `tagger.json`."""
    text = json.dumps(file.model_dump(), ensure_ascii=False, indent=1)
    (folder / "tagger.json").write_text(text + "\n", "utf-8")


def _golden(runtime: Runtime, encoder: Encoder, records: Sequence[Record], n_labels: int) -> tuple[Golden, ...]:
    """Some validation comments of one window, with headline and without, and their logits."""
    golden = []
    for i, record in enumerate(records):
        article = record.article if i % 2 else ""
        windows = encoder.encode(Comment(record.text, article=article))
        if len(windows) == 1:
            logits = run_windows(runtime, windows, n_labels=n_labels)[0]
            golden.append(Golden(article=article, text=record.text, logits=tuple(round(float(x), 4) for x in logits)))
        if len(golden) == N_GOLDEN:
            break
    return tuple(golden)


def _write_onnx(model: Any, path: Path, is_close: Callable[[Runtime], bool]) -> Weights:
    """Write the file that the CPU runs; returns which weights it holds, int8 where `is_close` takes them."""
    with tempfile.TemporaryDirectory() as scratch:
        fp32, candidate = Path(scratch) / "fp32.onnx", Path(scratch) / "int8.onnx"
        _export_fp32(model, fp32)
        onnx.save(_to_int8(onnx.load(fp32)), candidate)
        if is_close(onnx_runtime(candidate)):
            shutil.move(candidate, path)
            return "int8"
        onnx.save(_to_fp16(onnx.load(fp32)), path)
        return "fp16"


def _changed(reference: Sequence[Labels], other: Sequence[Labels], n_themes: int) -> float:
    """The share of stances changed, or that of theme calls, whichever is more."""
    pairs = list(zip(reference, other, strict=True))
    stances = float(np.mean([a[0] != b[0] for a, b in pairs]))
    themes = float(np.mean([len(a[1] ^ b[1]) for a, b in pairs])) / max(1, n_themes)
    return max(stances, themes)


def _export_fp32(model: Any, path: Path) -> None:
    names = ["input_ids", "attention_mask", "token_type_ids"][: 3 if model.config.type_vocab_size > 1 else 2]
    inputs = {name: torch.ones((2, 16), dtype=torch.int64) for name in names}
    axes = {0: torch.export.Dim("batch", min=1), 1: torch.export.Dim("length", min=2, max=512)}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            model, (), kwargs=inputs, input_names=names, output_names=["logits"], dynamo=True, verbose=False,
            dynamic_shapes=dict.fromkeys(names, axes), opset_version=18,
        )  # fmt: skip
    program.save(path)  # type: ignore[union-attr]  # None only where no export was asked for


def _to_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    """Linear layers by ONNX Runtime's own block quantiser, the embeddings row by row."""
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer  # noqa: PLC0415

    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    quantizer = MatMulNBitsQuantizer(model, block_size=BLOCK, is_symmetric=True, bits=8, accuracy_level=4)
    quantizer.process()
    quantized = quantizer.model.model
    _embeddings_to_int8(quantized.graph)
    return quantized


def _embeddings_to_int8(graph: onnx.GraphProto) -> None:
    """Store each large table that only Gathers of its rows read as int8 with one scale a row; gather, then rescale."""
    tables = {t.name: t for t in graph.initializer if t.data_type == TensorProto.FLOAT and _size(t) > 100_000}
    for name, table in tables.items():
        readers = [node for node in graph.node if name in node.input]
        if len(table.dims) != 2 or not all(_gathers_rows_of(name, node) for node in readers):
            continue
        values = numpy_helper.to_array(table)
        scale = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-12) / 127
        ints, scales = f"{name}.int8", f"{name}.scale"
        graph.initializer.remove(table)
        graph.initializer.extend([
            numpy_helper.from_array(np.round(values / scale).astype(np.int8), ints),
            numpy_helper.from_array(scale.astype(np.float32), scales),
        ])  # fmt: skip
        for node in readers:
            at, ids, out = list(graph.node).index(node), node.input[1], node.output[0]
            graph.node.remove(node)
            for offset, new in enumerate((
                helper.make_node("Gather", [ints, ids], [f"{out}.int8"], axis=0),
                helper.make_node("Cast", [f"{out}.int8"], [f"{out}.float"], to=TensorProto.FLOAT),
                helper.make_node("Gather", [scales, ids], [f"{out}.scale"], axis=0),
                helper.make_node("Mul", [f"{out}.float", f"{out}.scale"], [out]),
            )):  # fmt: skip
                graph.node.insert(at + offset, new)


def _gathers_rows_of(table: str, node: onnx.NodeProto) -> bool:
    axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
    return node.op_type == "Gather" and node.input[0] == table and table not in node.input[1:] and axis == 0


def _to_fp16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store large weights in fp16 and cast them at load; they are fp16 already, so no value changes."""
    graph = model.graph
    for tensor in [t for t in graph.initializer if t.data_type == TensorProto.FLOAT and _size(t) > 1000]:
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{tensor.name}.fp16")
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
        graph.node.insert(0, helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
    return model


def _size(tensor: onnx.TensorProto) -> int:
    return int(np.prod(tensor.dims))
