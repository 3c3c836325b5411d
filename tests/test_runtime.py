import builtins

import numpy as np
import pytest

import model.runtime
from model.checkpoint import Checkpoint
from model.errors import DeviceError
from model.runtime import open_runtime, padded_length, run_windows
from model.text import Window


def window(n: int) -> Window:
    return Window(tuple(range(1, n + 1)), (0,) * n, n)


def test_windows_keep_their_order_and_share_a_batch_only_with_their_like():
    shapes = []

    def runtime(ids, mask, types):
        shapes.append(ids.shape)
        return np.stack([mask.sum(1), ids.sum(1)], axis=1).astype(np.float32)

    lengths = [3, 17, 8, 5, 9, 16]
    logits = run_windows(runtime, [window(n) for n in lengths], n_labels=2)
    assert logits[:, 0].tolist() == lengths
    assert logits[:, 1].tolist() == [n * (n + 1) / 2 for n in lengths]
    assert shapes == [(3, 8), (2, 16), (1, 24)]


def test_padded_length_is_a_multiple_of_eight():
    assert [padded_length(window(n)) for n in (1, 8, 9)] == [8, 8, 16]


def without_torch(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.partition(".")[0] == "torch":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)


def test_a_gpu_without_torch_falls_back_and_names_the_extra(monkeypatch):
    monkeypatch.setattr(model.runtime, "has_nvidia_gpu", lambda: True)
    without_torch(monkeypatch)
    _, device = open_runtime(Checkpoint.open(), "auto")
    assert device == "cpu (a GPU needs the extra: pip install '.[gpu]' in the project)"


def test_cuda_asked_for_without_torch_is_refused(monkeypatch):
    without_torch(monkeypatch)
    with pytest.raises(DeviceError, match=r"\.\[gpu\]"):
        open_runtime(Checkpoint.open(), "cuda")


@pytest.mark.gpu
def test_cuda_gives_the_labels_of_the_cpu(taxonomy):
    from model.tagger import Tagger
    from tests.conftest import ROOT
    from training.corpus import load_corpus, of_split

    comments = [r.comment for r in of_split(load_corpus(ROOT / "data/comments", taxonomy), "test")]
    cpu, cuda = (Tagger.load(device=device).tag(comments) for device in ("cpu", "cuda"))
    differ = sum(a.stance != b.stance for a, b in zip(cpu, cuda, strict=True))
    assert differ <= 0.015 * len(comments)
