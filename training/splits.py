"""Whether a corpus's splits are honest: no article, writer or text in two of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from training.corpus import Record


def leaks(records: Sequence[Record]) -> list[str]:
    """One line for each article, writer or normalised text that stands in more than one split, and for each
    text that stands twice under one article. Empty where the splits are honest."""
    found = []
    for what in ("article", "origin", "text"):
        splits: dict[str, set[str]] = defaultdict(set)
        for record in records:
            value = " ".join(str(getattr(record, what)).lower().split())
            if value and record.split:
                splits[value].add(record.split)
        ids = {v: next(r.id for r in records if " ".join(str(getattr(r, what)).lower().split()) == v)
               for v, s in splits.items() if len(s) > 1}  # fmt: skip
        found += [f"{what} of record {i or '?'} stands in {', '.join(sorted(splits[v]))}" for v, i in ids.items()]
    twice = Counter((r.article, " ".join(r.text.lower().split())) for r in records)
    found += [f"a text stands {n} times under {article!r}" for (article, _), n in twice.items() if n > 1]
    return found
