import re

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from model.checkpoint import Checkpoint, digests
from model.errors import CheckpointError, DeviceError
from model.tagger import Tagger


@pytest.fixture
def trust(edit_json):
    """Make a changed checkpoint's digests its own, so that what lies behind that check is met."""
    return lambda folder: edit_json(folder / "tagger.json", lambda raw: raw.update(sha256=digests(folder)))


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=re.escape(str(tmp_path / "nowhere"))):
        Checkpoint.open(tmp_path / "nowhere")


@pytest.mark.parametrize("name", Checkpoint.FILES)
def test_a_missing_file_is_named(copied, name):
    (copied / name).unlink()
    with pytest.raises(CheckpointError, match=f"{re.escape(name)} missing"):
        Checkpoint.open(copied)


@pytest.mark.parametrize("name", ["tagger.json", "config.json"])
@pytest.mark.parametrize("content", ["{", "[]", "\x00"])
def test_a_file_that_is_not_json_is_named(copied, name, content):
    (copied / name).write_text(content)
    with pytest.raises(CheckpointError, match=re.escape(name)):
        Checkpoint.open(copied)


def test_labels_changed_after_training_are_refused(copied, edit_json):
    edit_json(copied / "tagger.json", lambda raw: raw["taxonomy"]["themes"][0].update(title="Other"))
    with pytest.raises(CheckpointError, match="changed after training"):
        Checkpoint.open(copied)


def test_a_config_with_other_labels_is_refused(copied, edit_json):
    edit_json(copied / "config.json", lambda raw: raw["id2label"].update({"0": "stance/other"}))
    with pytest.raises(CheckpointError, match="different trainings"):
        Checkpoint.open(copied)


def test_a_field_of_the_wrong_kind_is_named(copied, edit_json):
    edit_json(copied / "tagger.json", lambda raw: raw.update(window_tokens="many"))
    with pytest.raises(CheckpointError, match=r"tagger\.json: window_tokens"):
        Checkpoint.open(copied)


def test_a_damaged_tokenizer_is_named(copied, trust):
    (copied / "tokenizer.json").write_text("{}")
    trust(copied)
    with pytest.raises(CheckpointError, match=r"tokenizer\.json"):
        Tagger.load(copied, device="cpu")


def test_a_damaged_onnx_file_is_named(copied, trust):
    (copied / "model.onnx").unlink()
    (copied / "model.onnx").write_bytes(b"not onnx")
    trust(copied)
    with pytest.raises(CheckpointError, match=r"model\.onnx"):
        Tagger.load(copied, device="cpu")


@pytest.mark.parametrize("name", ["model.safetensors", "model.onnx", "tokenizer.json"])
def test_a_file_that_is_not_as_it_was_saved_is_named(copied, name):
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).unlink()
    (copied / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{re.escape(name)} is not as it was saved"):
        Checkpoint.open(copied)


def test_a_config_without_a_label_is_refused(copied, edit_json):
    edit_json(copied / "config.json", lambda raw: raw["id2label"].pop("0"))
    with pytest.raises(CheckpointError, match="different trainings"):
        Checkpoint.open(copied)


def test_golden_logits_of_another_length_are_refused(copied, edit_json):
    edit_json(copied / "tagger.json", lambda raw: raw["golden"][0]["logits"].pop())
    with pytest.raises(CheckpointError, match="differ in number"):
        Checkpoint.open(copied)


def test_weights_that_are_not_numbers_are_refused(copied, trust):
    model = onnx.load(copied / "model.onnx")
    (bias,) = [t for t in model.graph.initializer if t.name.startswith("classifier.bias")]
    bias.CopyFrom(numpy_helper.from_array(np.full_like(numpy_helper.to_array(bias), np.nan), bias.name))
    (copied / "model.onnx").unlink()
    onnx.save(model, copied / "model.onnx")
    trust(copied)
    with pytest.raises(CheckpointError, match="not finite"):
        Tagger.load(copied, device="cpu")


def test_logits_that_have_drifted_are_refused(copied, edit_json):
    edit_json(copied / "tagger.json", lambda raw: raw["golden"][0]["logits"].__setitem__(0, 9.0))
    with pytest.raises(CheckpointError, match="not of one training"):
        Tagger.load(copied, device="cpu")


def test_an_unknown_device_is_refused():
    with pytest.raises(DeviceError, match="auto, cpu, cuda"):
        Tagger.load(device="abacus")
