"""Which sentence carries a label: leave one sentence out and see which loss hurts the label most."""

from collections.abc import Callable, Sequence

from model.decode import Evidence, Tags
from model.text import Comment, sentence_spans

Score = Callable[[Sequence[str], str], list[dict[str, float]]]
"""(texts, article) → for each text, the probability of every label."""


def explain(comment: Comment, tags: Tags, score: Score) -> list[Evidence]:
    """Evidence for the stance and each assigned theme, in that order.

    `drop` is the label's probability with the sentence minus that without it; it can be negative where no
    single sentence carries the label. Costs one more pass a sentence.
    """
    text = comment.text
    spans = sentence_spans(text)
    without = score([text[:a] + text[b:] for a, b in spans], comment.article)
    labels = [] if tags.stance is None else [(f"stance/{tags.stance}", tags.stance_probabilities[tags.stance])]
    labels += [(f"theme/{theme}", tags.theme_probabilities[theme]) for theme in tags.themes]
    evidence = []
    for label, probability in labels:
        lost = min(range(len(spans)), key=lambda i: without[i][label])
        start, end = _trim(text, *spans[lost])
        evidence.append(Evidence(label, text[start:end], start, end, probability - without[lost][label]))
    return evidence


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
