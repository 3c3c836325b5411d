"""Signs that a text names a private person or gives a way to reach one."""

import re
from collections.abc import Iterator, Sequence

from training.corpus import Record

# a fictitious neighbour is not a person
_NOBODY = frozenset({"Next Door"})
_SIGNS = {
    "an e-mail address": re.compile(r"\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b", re.IGNORECASE),
    "a web address": re.compile(r"https?://|www\.", re.IGNORECASE),
    "a phone number": re.compile(r"(?<!\d)(?:\+44|0)\s?\d{2,4}[\s-]?\d{3,4}[\s-]?\d{3,4}(?!\d)"),
    "an NHS number": re.compile(r"(?<!\d)\d{3}[ -]\d{3}[ -]\d{4}(?!\d)"),
    "a full postcode": re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"),
    "a titled person's full name": re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Miss|Sister|Nurse)\.? [A-Z][a-z]+ [A-Z][a-z]{2,}\b"),
}


def private(records: Sequence[Record], *, public: frozenset[str]) -> Iterator[str]:
    """One line for each sign; a match that holds a name of `public` (politicians, public bodies) is none."""
    for record in records:
        for what, pattern in _SIGNS.items():
            for match in pattern.finditer(record.text):
                if not any(name in match[0] for name in public | _NOBODY):
                    yield f"record {record.id} holds {what}: {match[0]!r}"
