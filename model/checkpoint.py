"""The layout of a checkpoint folder as one frozen value.

    config.json tokenizer.json model.safetensors    what stock transformers loads
    model.onnx                                      what the CPU runs, without torch
    tagger.json                                     taxonomy, calibration, golden inputs, provenance
    README.md                                       the model card

Opening reads and checks the small files; weights are read by a runtime.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.errors import CheckpointError
from model.taxonomy import Taxonomy, first_problem

SHIPPED = Path(__file__).parent / "default"
HASHED = ("tokenizer.json", "model.safetensors", "model.onnx")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StanceCalibration(_Frozen):
    """Logits are divided by `temperature`; a label is in the conformal set where its probability is at least
    `set_threshold`, which holds the true one with probability 1 − `risk` (split conformal, on validation)."""

    temperature: float = Field(gt=0)
    set_threshold: float = Field(ge=0, le=1)
    risk: float = Field(gt=0, lt=1)


class ThemeCalibration(_Frozen):
    """Probability = sigmoid(slope × logit + intercept) (Platt); assigned from `threshold` on."""

    slope: float = Field(gt=0)
    intercept: float
    threshold: float = Field(ge=0, le=1)


class Calibration(_Frozen):
    """What decode needs besides logits. `theme_risk`: a theme asks for review where its call is wrong with
    a greater probability than that."""

    stance: StanceCalibration | None
    themes: dict[str, ThemeCalibration]
    theme_risk: float = Field(gt=0, lt=1)


class Golden(_Frozen):
    """A comment and the logits that the saved model gave it, to catch weights or runtimes that drift."""

    article: str
    text: str
    logits: tuple[float, ...]


class TaggerFile(_Frozen):
    """The content of `tagger.json`."""

    format: Literal[1] = 1
    name: str
    version: str
    base: str
    taxonomy: Taxonomy
    taxonomy_fingerprint: str
    window_tokens: int = Field(ge=16)
    calibration: Calibration
    golden: tuple[Golden, ...] = Field(min_length=1)
    golden_tolerance: float = Field(gt=0)
    sha256: dict[str, str]
    """Of each file beside this one that the tagger reads."""
    onnx_weights: Literal["int8", "fp16"]
    data_fingerprint: str
    code_version: str
    metrics: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.taxonomy.fingerprint != self.taxonomy_fingerprint:
            raise ValueError(
                f"taxonomy_fingerprint is {self.taxonomy_fingerprint}, but its taxonomy has "
                f"{self.taxonomy.fingerprint}: the labels were changed after training"
            )
        if set(self.calibration.themes) != set(self.taxonomy.theme_ids):
            raise ValueError("calibration.themes and the taxonomy's themes differ")
        if (self.calibration.stance is None) == bool(self.taxonomy.stances):
            raise ValueError("calibration.stance is there exactly when the taxonomy has stances")
        if any(len(golden.logits) != len(self.taxonomy.labels) for golden in self.golden):
            raise ValueError("golden logits and the taxonomy's labels differ in number")
        return self


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checked folder. Use `Checkpoint.open`."""

    folder: Path
    tagger: TaggerFile

    FILES = ("config.json", "tokenizer.json", "model.safetensors", "model.onnx", "tagger.json", "README.md")

    @classmethod
    def open(cls, folder: Path = SHIPPED) -> "Checkpoint":
        """Read and check the small files. Raises CheckpointError: which file, what is wrong, what next."""
        if not folder.is_dir():
            raise CheckpointError(f"{folder}: no such checkpoint folder; give one that gpcomments-train fit wrote")
        missing = [name for name in cls.FILES if not (folder / name).is_file()]
        if missing:
            raise CheckpointError(
                f"{folder}: {', '.join(missing)} missing; copy the whole folder again, or train it anew"
            )
        tagger = _read_tagger(folder / "tagger.json")
        _check_config(folder / "config.json", tagger.taxonomy)
        _check_digests(folder, tagger.sha256)
        return cls(folder, tagger)

    def file(self, name: str) -> Path:
        return self.folder / name


def _read_tagger(path: Path) -> TaggerFile:
    try:
        return TaggerFile.model_validate(_read_json(path))
    except ValidationError as error:
        raise CheckpointError(f"{path}: {first_problem(error)}; restore the file, or train anew") from error


def _check_config(path: Path, taxonomy: Taxonomy) -> None:
    config = _read_json(path)
    id2label = config.get("id2label")
    names = [id2label.get(str(i)) for i in range(len(id2label))] if isinstance(id2label, dict) else []
    if tuple(names) != taxonomy.labels:
        raise CheckpointError(
            f"{path}: id2label names {len(names)} labels that are not the {len(taxonomy.labels)} of the taxonomy in "
            "tagger.json, in its order; the two files are from different trainings: copy the whole folder again"
        )


def _check_digests(folder: Path, expected: dict[str, str]) -> None:
    found = digests(folder)
    changed = [name for name in HASHED if expected.get(name) != found[name]]
    if changed:
        raise CheckpointError(
            f"{folder}: {', '.join(changed)} is not as it was saved (SHA-256 differs): damaged, or from another "
            "training; copy the whole folder again"
        )


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of the files in `HASHED`."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in HASHED}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read as JSON: {error}; restore the file") from error
    if not isinstance(raw, dict):
        raise CheckpointError(f"{path}: holds {type(raw).__name__}, not an object; restore the file")
    return raw
