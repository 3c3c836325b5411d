"""How far independent readers agree: Krippendorff's alpha per label (nominal; Krippendorff 2019, ch. 12)."""

from collections.abc import Callable, Sequence
from itertools import combinations

import krippendorff
import numpy as np

from model.taxonomy import Taxonomy
from training.corpus import Reading, Record
from training.metrics import counts_of, f1_of


def agreement(records: Sequence[Record], taxonomy: Taxonomy) -> dict[str, tuple[float, float, int]]:
    """For each label, alpha, the mean pairwise F1, and the number of comments with two readings or more.

    Rows: the stance as a whole (its F1 is the macro mean), each stance and each theme as yes or no, and irony.
    Alpha is NaN where all readings are the same.
    """
    read = [record.labels for record in records if len(record.labels) >= 2]
    rows: dict[str, Callable[[Reading], object]] = {}
    if taxonomy.stances:
        rows["stance"] = lambda r: r.stance
        rows |= {f"stance/{s}": lambda r, s=s: r.stance == s for s in taxonomy.stance_ids}  # type: ignore[misc]
    rows |= {f"theme/{t}": lambda r, t=t: t in r.themes for t in taxonomy.theme_ids}  # type: ignore[misc]
    rows["ironic"] = lambda r: r.ironic
    result = {}
    for name, value in rows.items():
        units = [[value(reading) for reading in readings] for readings in read]
        result[name] = (_alpha(units), _pairwise_f1(units), len(units))
    return result


def agreement_by_hard_part(records: Sequence[Record], taxonomy: Taxonomy) -> dict[str, tuple[float, float, int]]:
    """For each mark of `hard`, and for comments with none: the stance's alpha, the mean of the themes', and the
    number of comments."""
    parts = {part: [r for r in records if part in r.hard] for part in sorted({h for r in records for h in r.hard})}
    parts["none of them"] = [r for r in records if not r.hard]
    result = {}
    for part, members in parts.items():
        rows = agreement(members, taxonomy)
        themes = [rows[f"theme/{t}"][0] for t in taxonomy.theme_ids]
        stance = rows["stance"][0] if taxonomy.stances else float("nan")
        result[part] = (stance, float(np.nanmean(themes)) if themes else float("nan"), len(members))
    return result


def _alpha(units: Sequence[Sequence[object]]) -> float:
    """Alpha over units, each a list of the values that its readers gave."""
    values = sorted({str(v) for unit in units for v in unit})
    if len(values) < 2:
        return float("nan")
    counts = np.array([[sum(str(v) == value for v in unit) for value in values] for unit in units])
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def _pairwise_f1(units: Sequence[Sequence[object]]) -> float:
    """F1 of one reader against another over all pairs; for more than two values, the mean over values."""
    pairs = [pair for unit in units for pair in combinations(unit, 2)]
    values = sorted({v for pair in pairs for v in pair}, key=str)
    wanted = [True] if set(values) <= {True, False} else values
    scores = []
    for value in wanted:
        first = np.array([[float(a == value)] for a, _ in pairs])
        second = np.array([[float(b == value)] for _, b in pairs])
        scores.append(float(f1_of(counts_of(first, second))[0]))
    return float(np.mean(scores))
