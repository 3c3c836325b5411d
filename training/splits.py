"""Whether a corpus's splits are honest: no article, writer or near-duplicate text in two of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from datasketch import MinHash, MinHashLSH

from training.corpus import Record

SHINGLE_CHARS = 5
SIMILAR = 0.6
N_PERMUTATIONS = 64


def leaks(records: Sequence[Record]) -> list[str]:
    """One line for each article, writer or text that stands in more than one split, each pair of texts in
    different splits that are nearly the same, and each text that stands twice under one article."""
    found = [line for what in ("article", "origin", "text") for line in _shared(records, what)]
    twice = Counter((r.article, _normal(r.text)) for r in records)
    found += [f"a text stands {n} times under {article!r}" for (article, _), n in twice.items() if n > 1]
    across = [(a, b) for a, b in near_duplicates(records) if a.split != b.split and _normal(a.text) != _normal(b.text)]
    return found + [f"records {a.id} ({a.split}) and {b.id} ({b.split}) are nearly the same text" for a, b in across]


def near_duplicates(records: Sequence[Record]) -> list[tuple[Record, Record]]:
    """Pairs of records whose texts share SIMILAR of their runs of SHINGLE_CHARS characters (Jaccard; candidates by
    MinHash, Broder 1997). Texts too short for ten such runs are left to the comparison of whole texts in `leaks`."""
    index = MinHashLSH(threshold=SIMILAR, num_perm=N_PERMUTATIONS)
    shingles = [_shingles(record.text) for record in records]
    pairs = []
    for i, mine in enumerate(shingles):
        if len(mine) < 10:
            continue
        sketch = MinHash(num_perm=N_PERMUTATIONS)
        sketch.update_batch(sorted(mine))
        for j in sorted(map(int, index.query(sketch))):
            if len(mine & shingles[j]) / len(mine | shingles[j]) >= SIMILAR:
                pairs.append((records[j], records[i]))
        index.insert(str(i), sketch)
    return pairs


def _shared(records: Sequence[Record], what: str) -> Iterator[str]:
    splits: dict[str, set[str]] = defaultdict(set)
    first: dict[str, str] = {}
    for record in records:
        value = _normal(str(getattr(record, what)))
        if value and record.split:
            splits[value].add(record.split)
            first.setdefault(value, record.id or "?")
    for value, names in splits.items():
        if len(names) > 1:
            yield f"{what} of record {first[value]} stands in {', '.join(sorted(names))}"


def _shingles(text: str) -> set[bytes]:
    normal = _normal(text)
    return {normal[i : i + SHINGLE_CHARS].encode() for i in range(len(normal) - SHINGLE_CHARS + 1)}


def _normal(text: str) -> str:
    return " ".join(text.lower().split())
