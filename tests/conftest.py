"""Small real things for the tests: the shipped tagger, and a two-layer random base for training."""

import json
import shutil
from pathlib import Path

import pytest

from model.checkpoint import SHIPPED
from model.tagger import Tagger
from model.taxonomy import Taxonomy

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    return Tagger.load(device="cpu")


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return Taxonomy.from_toml()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the shipped checkpoint whose small files can be broken; weights are linked, not copied."""
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    for file in SHIPPED.iterdir():
        if file.stat().st_size > 5_000_000:
            (folder / file.name).symlink_to(file)
        else:
            shutil.copy(file, folder)
    return folder


@pytest.fixture
def edit_json():
    def edit(path: Path, change) -> None:
        raw = json.loads(path.read_text("utf-8"))
        change(raw)
        path.write_text(json.dumps(raw), "utf-8")

    return edit
