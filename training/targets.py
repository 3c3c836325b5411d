"""What a corpus must hold, as a TOML file beside it, and whether it does.

Targets name kinds of labels, never labels: shares of stances stand in the taxonomy's order.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from model.errors import DataError
from model.taxonomy import Taxonomy, first_problem
from training.corpus import Record
from training.cues import cues
from training.privacy import private


class Targets(BaseModel):
    """Bounds on a corpus. Counts are least counts of comments unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    comments: int = 0
    articles: int = 0
    writers: int = 0
    core_theme: int = 0
    wider_theme: int = 0
    no_theme: int = 0
    pairs: int = 0
    stance_shares: tuple[float, ...] = ()
    """Each stance's share, in the taxonomy's order, met to within `share_tolerance`."""
    share_tolerance: float = 0.03
    least_stance_in_core_theme: float = 0.0
    """Each stance's least share among the comments of each core theme."""
    hard_parts: dict[str, int] = {}
    """Least number of comments with each mark of `hard`."""
    most_repeated_openings: float = 1.0
    """Largest share of comments whose first three words open another too."""
    least_distinct_2: float = 0.0
    """Least share of word pairs that are distinct (Li et al. 2016)."""
    most_word_f1: float = 1.0
    """Largest F1 that the presence of one word alone may have for a label."""
    public_figures: frozenset[str] = frozenset()
    """Names that may stand in full after a title."""
    most_length_auc: float = 1.0
    """Largest AUC, either way, that the number of words alone may have for a label."""


def load_targets(path: Path) -> Targets:
    """Read targets. Raises DataError, which names the file and the key."""
    try:
        return Targets.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: cannot be read as targets: {error}") from error
    except ValidationError as error:
        raise DataError(f"{path}: {first_problem(error)}; known keys: {', '.join(Targets.model_fields)}") from error


def missed(records: Sequence[Record], taxonomy: Taxonomy, targets: Targets) -> list[str]:
    """One line for each target that the corpus does not meet."""
    return [
        *_counts(records, taxonomy, targets),
        *_balance(records, taxonomy, targets),
        *_surface(records, taxonomy, targets),
        *private(records, public=targets.public_figures),
    ]


def _counts(records: Sequence[Record], taxonomy: Taxonomy, targets: Targets) -> Iterator[str]:
    themes = Counter(t for r in records for t in r.themes)
    hard = Counter(h for r in records for h in r.hard)
    least = {
        "comments": (len(records), targets.comments),
        "articles": (len({r.article for r in records}), targets.articles),
        "writers": (len({r.origin for r in records}), targets.writers),
        "comments with no theme": (sum(not r.themes for r in records), targets.no_theme),
        "pairs": (len({r.pair for r in records if r.pair}), targets.pairs),
    }
    least |= {
        f"comments of {t.id}": (themes[t.id], targets.core_theme if t.tier == "core" else targets.wider_theme)
        for t in taxonomy.themes
    }
    least |= {f"comments marked {mark}": (hard[mark], n) for mark, n in targets.hard_parts.items()}
    yield from (
        f"{found} {what}; at least {wanted} are wanted" for what, (found, wanted) in least.items() if found < wanted
    )


def _balance(records: Sequence[Record], taxonomy: Taxonomy, targets: Targets) -> Iterator[str]:
    stances = Counter(r.stance for r in records)
    for stance, wanted in zip(taxonomy.stance_ids, targets.stance_shares, strict=False):
        share = stances[stance] / len(records)
        if abs(share - wanted) > targets.share_tolerance:
            yield f"{share:.1%} of comments are {stance}; {wanted:.0%} ± {targets.share_tolerance:.0%} are wanted"
    for theme in taxonomy.core_theme_ids:
        within = Counter(r.stance for r in records if theme in r.themes)
        for stance in taxonomy.stance_ids:
            share = within[stance] / max(1, within.total())
            if share < targets.least_stance_in_core_theme:
                least = f"at least {targets.least_stance_in_core_theme:.0%} are wanted"
                yield f"{share:.1%} of {theme} are {stance}; {least}"


def _surface(records: Sequence[Record], taxonomy: Taxonomy, targets: Targets) -> Iterator[str]:
    repeated = repeated_openings(records)
    if repeated > targets.most_repeated_openings:
        yield f"{repeated:.1%} of openings repeat; at most {targets.most_repeated_openings:.0%} may"
    distinct = distinct_2(records)
    if distinct < targets.least_distinct_2:
        yield f"distinct-2 is {distinct:.3f}; at least {targets.least_distinct_2} is wanted"
    for cue in cues(records, taxonomy):
        if cue.f1 > targets.most_word_f1:
            yield f"the word “{cue.word}” alone gives {cue.label} away (F1 {cue.f1:.2f} > {targets.most_word_f1})"
        if max(cue.length_auc, 1 - cue.length_auc) > targets.most_length_auc:
            yield f"length alone gives {cue.label} away (AUC {cue.length_auc:.2f})"


def repeated_openings(records: Sequence[Record]) -> float:
    """The share of comments of four words or more whose first three words open another comment too. Members of a
    pair count once: they are alike on purpose."""
    openings = [" ".join(_words(r.text)[:3]) for r in singles(records) if len(_words(r.text)) > 3]
    counts = Counter(openings)
    return sum(counts[opening] > 1 for opening in openings) / max(1, len(openings))


def distinct_2(records: Sequence[Record]) -> float:
    """Distinct word pairs over all word pairs."""
    pairs = [pair for record in singles(records) for pair in pairwise(_words(record.text))]
    return len(set(pairs)) / max(1, len(pairs))


def type_token_ratio(records: Sequence[Record]) -> float:
    """Distinct words over all words."""
    words = [word for record in singles(records) for word in _words(record.text)]
    return len(set(words)) / max(1, len(words))


def singles(records: Sequence[Record]) -> list[Record]:
    """The records without the second members of pairs."""
    seen: set[str] = set()
    return [r for r in records if not r.pair or (r.pair not in seen and not seen.add(r.pair))]  # type: ignore[func-returns-value]


def _words(text: str) -> list[str]:
    return re.findall(r"[\w’']+", text.lower())
