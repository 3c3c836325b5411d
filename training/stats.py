"""What a corpus holds, counted: the figures of the datasheet."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from model.taxonomy import Taxonomy
from training.corpus import Record
from training.cues import cues
from training.targets import distinct_2, repeated_openings, type_token_ratio


def statistics(records: Sequence[Record], taxonomy: Taxonomy) -> Iterator[str]:
    """Lines of `name: figures`, for all records and by split."""
    splits = Counter(str(r.split or "none") for r in records)
    yield f"comments: {len(records)} ({_list(splits)})"
    for split in (None, *splits):
        part = [r for r in records if split is None or (r.split or "none") == split]
        yield f"{split or 'all'}:"
        yield f"  articles {len({r.article for r in part})}, writers {len({r.origin for r in part})}"
        stances = Counter(r.stance for r in part)
        yield "  stance: " + ", ".join(f"{s} {stances[s]} ({stances[s] / len(part):.0%})" for s in taxonomy.stance_ids)
        yield "  themes: " + _list({t: sum(t in r.themes for r in part) for t in taxonomy.theme_ids})
        yield f"  no theme {sum(not r.themes for r in part)}, ironic {np.mean([r.ironic for r in part]):.0%}"
        words = np.array([len(r.text.split()) for r in part])
        short, long = np.mean(words < 12), np.mean(words > 80)
        yield f"  words: under 12 {short:.0%}, over 80 {long:.0%}, median {np.median(words):.0f}"
        hard = Counter(h for r in part for h in r.hard)
        if hard:
            yield "  hard parts: " + _list(dict(sorted(hard.items())))
    yield "surface:"
    yield f"  distinct-2 {distinct_2(records):.2f}, type-token ratio {type_token_ratio(records):.3f}"
    yield f"  openings of three words that repeat {repeated_openings(records):.1%}"
    yield "shallow cues, for each label the best single word and length alone:"
    for cue in cues(records, taxonomy):
        word = f"“{cue.word}” F1 {cue.f1:.2f} (precision {cue.precision:.2f})"
        yield f"  {cue.label}: {word}; length AUC {cue.length_auc:.2f}"


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())
