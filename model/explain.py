"""Which sentence carries a label: leave one sentence out and see which loss hurts the label most.

Only the windows that hold the sentence are read again, so the cost grows with the text's length, not its square.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.decode import Evidence, Tags
from model.runtime import Floats
from model.text import Comment, Encoded, Encoder, Window, sentence_spans

Probabilities = Callable[[Floats, Encoded], dict[str, float]]
"""(logits of a comment's windows [n_windows, n_labels], the windows) → the probability of every label."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A window of a comment without one of its sentences."""

    sentence: int
    window: int
    changed: Window


def leave_out(comment: Comment, encoded: Encoded, encoder: Encoder) -> list[LeftOut]:
    """For each sentence, each window that holds some of it, read without it."""
    return [
        LeftOut(i, j, encoder.without(comment, window, (a, b)))
        for i, (a, b) in enumerate(sentence_spans(comment.text))
        for j, window in enumerate(encoded)
        if a < window.span[1] and window.span[0] < b
    ]


def evidence(
    comment: Comment,
    tags: Tags,
    whole: tuple[Floats, Encoded],
    left_out: Sequence[tuple[LeftOut, Floats]],
    probabilities: Probabilities,
) -> list[Evidence]:
    """Evidence for the stance and each assigned theme, in that order.

    `whole` is the comment's logits and windows, `left_out` each changed window with its logits [1, n_labels].
    `drop` is the label's probability with the sentence minus that without it; it can be negative where no single
    sentence carries the label.
    """
    spans = sentence_spans(comment.text)
    logits, encoded = whole
    changed = [(logits.copy(), list(encoded)) for _ in spans]
    for left, its_logits in left_out:
        changed[left.sentence][0][left.window] = its_logits[0]
        changed[left.sentence][1][left.window] = left.changed
    without = [probabilities(its_logits, tuple(windows)) for its_logits, windows in changed]
    labels = [] if tags.stance is None else [(f"stance/{tags.stance}", tags.stance_probabilities[tags.stance])]
    labels += [(f"theme/{theme}", tags.theme_probabilities[theme]) for theme in tags.themes]
    found = []
    for label, probability in labels:
        lost = min(range(len(spans)), key=lambda i: without[i][label])
        start, end = _trim(comment.text, *spans[lost])
        found.append(Evidence(label, comment.text[start:end], start, end, probability - without[lost][label]))
    return found


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
