"""Two ways to turn token ids into logits: ONNX Runtime on a CPU (no torch) and torch on CUDA.

Both take one padded batch. How windows are put into batches is `run_windows`: only windows whose padded
length is the same share a batch, so that what a comment is batched with cannot change its logits by a bit.
"""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.errors import CheckpointError, DeviceError
from model.text import Encoded, Window

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

Runtime = Callable[[Ints, Ints, Ints], Floats]
"""(ids, mask, type_ids), each int64 [n, length] → logits, float32 [n, n_labels]."""

DEVICES = ("auto", "cpu", "cuda")
PAD_TO = 8
MAX_BATCH_TOKENS = 4096


def run_windows(runtime: Runtime, windows: Sequence[Window], *, n_labels: int) -> Floats:
    """Logits of all windows, float32 [n_windows, n_labels], in their order."""
    logits = np.zeros((len(windows), n_labels), np.float32)
    by_length: dict[int, list[int]] = defaultdict(list)
    for i, window in enumerate(windows):
        by_length[padded_length(window)].append(i)
    for length, indices in sorted(by_length.items()):
        n_rows = max(1, MAX_BATCH_TOKENS // length)
        for start in range(0, len(indices), n_rows):
            rows = indices[start : start + n_rows]
            logits[rows] = runtime(*_pad([windows[i] for i in rows], length))
    return logits


def run_comments(runtime: Runtime, batch: Sequence[Encoded], *, n_labels: int) -> list[Floats]:
    """Logits of each comment's windows, float32 [n_windows, n_labels] apiece, in order."""
    if not batch:
        return []
    logits = run_windows(runtime, [window for encoded in batch for window in encoded], n_labels=n_labels)
    return np.split(logits, np.cumsum([len(encoded) for encoded in batch])[:-1])


def padded_length(window: Window) -> int:
    """The window's length in tokens, rounded up to a multiple of `PAD_TO`."""
    return -(-len(window.ids) // PAD_TO) * PAD_TO


def _pad(windows: Sequence[Window], length: int) -> tuple[Ints, Ints, Ints]:
    ids, mask, types = (np.zeros((len(windows), length), np.int64) for _ in range(3))
    for row, window in enumerate(windows):
        n_tokens = len(window.ids)
        ids[row, :n_tokens] = window.ids
        mask[row, :n_tokens] = 1
        types[row, :n_tokens] = window.type_ids
    return ids, mask, types


def open_runtime(checkpoint: Checkpoint, device: str = "auto") -> tuple[Runtime, str]:
    """The runtime for `device` and the name of the device that it got. `auto` is CUDA where torch sees one.

    Raises DeviceError where CUDA is asked for and cannot be had.
    """
    if device not in DEVICES:
        raise DeviceError(f"device {device!r} is unknown; give one of {', '.join(DEVICES)}")
    if device == "cpu" or (device == "auto" and not has_nvidia_gpu()):
        return onnx_runtime(checkpoint.file("model.onnx")), "cpu"
    problem = _cuda_problem()
    if problem is None:
        return torch_runtime(checkpoint.folder, "cuda"), "cuda"
    if device == "cuda":
        raise DeviceError(problem)
    return onnx_runtime(checkpoint.file("model.onnx")), f"cpu ({problem})"


def has_nvidia_gpu() -> bool:
    """Whether this machine shows an NVIDIA driver; cheap, and needs no torch."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def _cuda_problem() -> str | None:
    try:
        import torch  # noqa: PLC0415 -- seconds to import, and absent from the base install
        import transformers  # noqa: F401, PLC0415
    except ImportError:
        return "a GPU needs the extra: pip install '.[gpu]' in the project"
    return None if torch.cuda.is_available() else "torch finds no CUDA device: check the driver and torch's build"


def onnx_runtime(path: Path) -> Runtime:
    """An ONNX file on the CPU, on as many threads as there are usable cores."""
    import onnxruntime  # noqa: PLC0415 -- not on the way to --help

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common base of their own
        raise CheckpointError(f"{path}: ONNX Runtime cannot load it ({type(error).__name__}); restore it") from error
    wanted = [i.name for i in session.get_inputs()]

    def run(ids: Ints, mask: Ints, type_ids: Ints) -> Floats:
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": type_ids}
        (logits,) = session.run(None, {name: feed[name] for name in wanted})
        return np.asarray(logits, np.float32)

    return run


def torch_runtime(folder: Path, device: str) -> Runtime:
    """A folder's `model.safetensors` through stock transformers: fp16 on CUDA, fp32 elsewhere."""
    import torch  # noqa: PLC0415
    from transformers import AutoModelForSequenceClassification  # noqa: PLC0415

    dtype = torch.float16 if device == "cuda" else torch.float32
    try:
        model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=dtype, local_files_only=True)
    except Exception as error:  # transformers and safetensors have errors of many kinds
        raise CheckpointError(f"{folder}: transformers cannot load it ({type(error).__name__}); restore it") from error
    return runtime_of(model.to(device).eval())


def runtime_of(model: Any) -> Runtime:
    """A transformers sequence classifier, in evaluation mode, as a runtime."""
    import torch  # noqa: PLC0415

    names = ["input_ids", "attention_mask"]
    if getattr(model.config, "type_vocab_size", 0) > 1:
        names.append("token_type_ids")

    @torch.inference_mode()
    def run(*arrays: Ints) -> Floats:
        feed = {name: torch.from_numpy(a).to(model.device) for name, a in zip(names, arrays, strict=False)}
        return np.asarray(model(**feed).logits.float().cpu().numpy(), np.float32)

    return run
