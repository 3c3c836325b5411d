"""A training run as one TOML file, checked into a frozen value."""

import importlib.metadata
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.errors import DataError
from model.taxonomy import SHIPPED, first_problem

PROJECT = Path(__file__).parents[1]


class Config(BaseModel):
    """What a run depends on besides code and data. Paths are relative to the config file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    base: str
    """An installed PyPI package that holds a model, a folder, or a hub name."""
    data: Path
    taxonomy: Path = SHIPPED
    mean_pooling_layer: bool = False
    """Whether a layer that begins as mean pooling is put on a BERT base; see training/pooling.py."""
    seed: int = 13
    n_epochs: Annotated[int, Field(ge=1)] = 8
    patience: Annotated[int, Field(ge=1)] = 3
    batch_size: Annotated[int, Field(ge=1)] = 16
    learning_rate: Annotated[float, Field(gt=0)] = 2e-4
    head_learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    warmup_share: Annotated[float, Field(ge=0, lt=1)] = 0.1
    precision: Literal["bf16", "fp32"] = "bf16"
    """Of the forward and backward pass; weights and optimiser stay in fp32. bf16 trains 2.5 times as fast."""
    window_tokens: Annotated[int, Field(ge=16, le=512)] = 256
    headline_dropout: Annotated[float, Field(ge=0, le=1)] = 0.15
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.05
    theme_loss_weight: Annotated[float, Field(ge=0)] = 4.0
    stance_risk: Annotated[float, Field(gt=0, lt=1)] = 0.1
    theme_risk: Annotated[float, Field(gt=0, lt=1)] = 0.3


def load_config(path: Path) -> Config:
    """Read a config. Raises DataError, which names the file and the key."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        config = Config.model_validate(raw)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: cannot be read as a config: {error}") from error
    except ValidationError as error:
        raise DataError(f"{path}: {first_problem(error)}; known keys: {', '.join(Config.model_fields)}") from error
    here = path.resolve().parent
    base = str(here / config.base) if (here / config.base).is_dir() else config.base
    return config.model_copy(update={"base": base, "data": here / config.data, "taxonomy": here / config.taxonomy})


def find_base(base: str) -> str:
    """Where transformers loads `base` from: a folder (given, or inside an installed package), or a hub name."""
    if Path(base).is_dir():
        return base
    try:
        files = importlib.metadata.distribution(base).files or []
    except importlib.metadata.PackageNotFoundError:
        return base
    folders = [Path(str(file.locate())).parent for file in files if file.name == "model.safetensors"]
    if not folders:
        raise DataError(f"the package {base} is installed but holds no model.safetensors; give a folder instead")
    return str(folders[0])
