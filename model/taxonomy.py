"""The labels as checked, frozen values.

A taxonomy is read from TOML, or from the copy inside a checkpoint, and never written in code. Its label
order is the order of the model's logits: stances first, then themes.
"""

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from model.errors import TaxonomyError

Id = Annotated[str, StringConstraints(pattern=re.compile(r"^[a-z][a-z0-9_]*$"), max_length=64)]
SHIPPED = Path(__file__).parent / "taxonomy.toml"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Stance(_Frozen):
    """One of the mutually exclusive positions towards the article's proposal."""

    id: Id
    title: str
    definition: str = ""


class Theme(_Frozen):
    """One of the points that a comment may make; any number hold at once."""

    id: Id
    title: str
    definition: str = ""
    excludes: str = ""
    tier: Literal["core", "wider"] = "core"


class Taxonomy(_Frozen):
    """Stances and themes, either of which may be absent. At least two stances, if any."""

    name: str
    stances: tuple[Stance, ...] = Field(default=())
    themes: tuple[Theme, ...] = Field(default=())

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.labels:
            raise ValueError("a taxonomy needs stances or themes; it has neither")
        if len(self.stances) == 1:
            raise ValueError("one stance alone decides nothing; give at least two, or none")
        for kind, ids in (("stance", self.stance_ids), ("theme", self.theme_ids)):
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(f"{kind} given twice: {', '.join(twice)}")
        return self

    @classmethod
    def from_toml(cls, path: Path = SHIPPED) -> "Taxonomy":
        """Read a taxonomy file. Raises TaxonomyError, which names the file and the field."""
        try:
            return cls.from_dict(tomllib.loads(path.read_text("utf-8")), where=str(path))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise TaxonomyError(f"{path}: cannot be read as a taxonomy: {error}") from error

    @classmethod
    def from_dict(cls, raw: dict[str, Any], *, where: str) -> "Taxonomy":
        """Check a parsed taxonomy; `where` names its source in the error."""
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise TaxonomyError(f"{where}: {first_problem(error)}") from error

    @property
    def stance_ids(self) -> tuple[str, ...]:
        return tuple(stance.id for stance in self.stances)

    @property
    def theme_ids(self) -> tuple[str, ...]:
        return tuple(theme.id for theme in self.themes)

    @property
    def core_theme_ids(self) -> tuple[str, ...]:
        return tuple(theme.id for theme in self.themes if theme.tier == "core")

    @property
    def labels(self) -> tuple[str, ...]:
        """The logits' names in order, `stance/…` then `theme/…`: what `id2label` of a checkpoint holds."""
        return tuple(f"stance/{i}" for i in self.stance_ids) + tuple(f"theme/{i}" for i in self.theme_ids)

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change when any label, title, definition or order does."""
        canonical = json.dumps(self.model_dump(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def first_problem(error: ValidationError) -> str:
    """The first complaint of a pydantic error on one line: the field's path and what is wrong."""
    problem = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}" if place else problem["msg"]
