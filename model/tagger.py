"""The one predictor: every answer, over HTTP, in an archive or in an evaluation, comes from a Tagger.

Three steps, usable apart: `encode` (text → windows), `run` (windows → logits), `decode` (logits → tags).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from model.checkpoint import SHIPPED, Checkpoint
from model.decode import Tags, decode, pool, probabilities
from model.errors import CheckpointError
from model.explain import LeftOut, evidence, leave_out
from model.runtime import Floats, Runtime, open_runtime, run_comments
from model.text import Comment, Encoded, Encoder


class Tagger:
    """Tags comments by stance and theme.

    >>> tagger = Tagger.load()
    >>> tagger.tag([Comment("We had one of these in 1974.", article="Health centres announced")])

    A comment's tags do not depend on what else is tagged with it, nor on the order.
    """

    def __init__(self, checkpoint: Checkpoint, runtime: Runtime, *, device: str) -> None:
        self.checkpoint = checkpoint
        self.device = device
        self.taxonomy = checkpoint.tagger.taxonomy
        self.encoder = Encoder(_open_tokenizer(checkpoint), window_tokens=checkpoint.tagger.window_tokens)
        self._runtime = runtime

    @classmethod
    def load(cls, folder: Path = SHIPPED, *, device: str = "auto") -> "Tagger":
        """Open a checkpoint on `device` (auto, cpu or cuda) and check its golden inputs.

        Raises CheckpointError where the folder is broken or its logits have drifted, DeviceError where the
        device cannot be had.
        """
        checkpoint = Checkpoint.open(folder)
        runtime, device_name = open_runtime(checkpoint, device)
        tagger = cls(checkpoint, runtime, device=device_name)
        tagger.check_golden()
        return tagger

    def encode(self, comment: Comment) -> Encoded:
        """The comment's windows. Raises CommentError where the headline alone fills one."""
        return self.encoder.encode(comment)

    def run(self, batch: Sequence[Encoded]) -> list[Floats]:
        """Logits of each comment's windows, float32 [n_windows, n_labels] apiece."""
        try:
            logits = run_comments(self._runtime, batch, n_labels=len(self.taxonomy.labels))
        except Exception as error:  # each runtime has errors of its own, without a common base
            raise CheckpointError(
                f"{self.checkpoint.folder}: the model could not be run ({type(error).__name__}): its weights, "
                "tokenizer and taxonomy do not fit each other; copy the whole folder again"
            ) from error
        if not all(np.isfinite(its_logits).all() for its_logits in logits):
            raise CheckpointError(
                f"{self.checkpoint.folder}: the model's logits are not finite; its weights are damaged: "
                "restore the folder, or train anew"
            )
        return logits

    def decode(self, logits: Floats, encoded: Encoded) -> Tags:
        """Tags from the windows' logits, by the checkpoint's calibration and thresholds."""
        return decode(logits, encoded, taxonomy=self.taxonomy, calibration=self.checkpoint.tagger.calibration)

    def tag(self, comments: Sequence[Comment], *, explain: bool = False) -> list[Tags]:
        """Tags of each comment, in order; with `explain`, also the sentence that carries each label."""
        batch = [self.encode(comment) for comment in comments]
        done = zip(comments, self.run(batch), batch, strict=True)
        if not explain:
            return [self.decode(logits, encoded) for _, logits, encoded in done]
        return [self.explain(comment, logits, encoded) for comment, logits, encoded in done]

    def explain(self, comment: Comment, logits: Floats, encoded: Encoded) -> Tags:
        """Tags with their evidence; runs each window once more for each of its sentences."""
        left_out = leave_out(comment, encoded, self.encoder)
        return self.decode_explained(
            comment, (logits, encoded), list(zip(left_out, self.run([(e.changed,) for e in left_out]), strict=True))
        )

    def decode_explained(
        self, comment: Comment, whole: tuple[Floats, Encoded], left_out: Sequence[tuple[LeftOut, Floats]]
    ) -> Tags:
        """Tags with their evidence, where the left-out windows have been run already."""
        tags = self.decode(*whole)
        return tags.with_evidence(evidence(comment, tags, whole, left_out, self._label_probabilities))

    def _label_probabilities(self, logits: Floats, encoded: Encoded) -> dict[str, float]:
        """The probability of every label by its full name."""
        pooled = pool(logits, encoded, taxonomy=self.taxonomy)
        stances, themes = probabilities(pooled, self.taxonomy, self.checkpoint.tagger.calibration)
        return dict(zip(self.taxonomy.labels, [*stances.tolist(), *themes.tolist()], strict=True))

    def check_golden(self) -> None:
        """Raises CheckpointError where a golden input's logits differ from those saved with the model."""
        file = self.checkpoint.tagger
        batch = [self.encode(Comment(golden.text, article=golden.article)) for golden in file.golden]
        for golden, logits in zip(file.golden, self.run(batch), strict=True):
            drift = float(np.abs(logits[0] - np.array(golden.logits, np.float32)).max())
            if drift > file.golden_tolerance:
                raise CheckpointError(
                    f"{self.checkpoint.folder}: a golden input's logits are {drift:.3f} off (at most "
                    f"{file.golden_tolerance}): weights, tokenizer and tagger.json are not of one training; "
                    "copy the whole folder again"
                )


def _open_tokenizer(checkpoint: Checkpoint) -> Tokenizer:
    path = checkpoint.file("tokenizer.json")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the tokenizers library raises bare Exception
        raise CheckpointError(f"{path}: cannot be read as a tokenizer: {error}; restore the file") from error
