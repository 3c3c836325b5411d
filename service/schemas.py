"""The JSON that the service takes and gives, with the examples that its OpenAPI document shows."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, Strict, StrictInt, WithJsonSchema

from model.text import MAX_ARTICLE_CHARS, MAX_TEXT_CHARS


def _any_string(value: Any) -> str:
    """A JSON string as it is, lone surrogates too: they make that one comment an error, not the request."""
    if not isinstance(value, str):
        raise ValueError("give a string")
    return value


def _writable(value: str) -> str:
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("holds half of a surrogate pair")
    return value


def _string(description: str, max_chars: int) -> Any:
    schema = {"type": "string", "description": f"{description}; up to {max_chars:,} characters"}
    return Annotated[str, PlainValidator(_any_string), WithJsonSchema(schema)]


class CommentIn(BaseModel):
    """One comment to tag."""

    id: Annotated[str, Strict(), AfterValidator(_writable)] | StrictInt | None = Field(
        None, description="given back as it is; need not be unique"
    )
    text: _string("the comment", MAX_TEXT_CHARS)  # type: ignore[valid-type]
    article: _string("the headline it stands under, where known", MAX_ARTICLE_CHARS) = ""  # type: ignore[valid-type]


EXAMPLE: dict[str, Any] = {
    "comments": [
        {
            "id": "c1",
            "text": "We had one of these in 1974. It leaked then too.",
            "article": "Every town to have a neighbourhood health centre",
        }
    ],
    "explain": False,
}


class TagRequest(BaseModel):
    """Comments to tag, answered in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    comments: list[CommentIn] = Field(min_length=1)
    explain: bool = Field(False, description="also name the sentence that carries each label")


class StanceOut(BaseModel):
    """The stance and the calibrated probability of each."""

    label: str
    probabilities: dict[str, float]


class ThemeOut(BaseModel):
    """An assigned theme and its calibrated probability."""

    label: str
    probability: float


class EvidenceOut(BaseModel):
    """The sentence without which a label loses most; offsets are characters of the text."""

    label: str
    sentence: str
    start: int
    end: int
    drop: float


class TagResult(BaseModel):
    """One comment's tags, or, where that comment alone cannot be tagged, its `error`."""

    id: str | int | None = None
    error: str | None = None
    stance: StanceOut | None = None
    themes: list[ThemeOut] = []
    theme_probabilities: dict[str, float] = {}
    needs_review: bool = False
    tokens: int = 0
    windows: int = 0
    evidence: list[EvidenceOut] | None = None


class ModelOut(BaseModel):
    """Which checkpoint answered."""

    name: str
    version: str
    taxonomy: str = Field(description="the taxonomy's fingerprint")


class TagResponse(BaseModel):
    """Results in the order of the request's comments."""

    model: ModelOut
    results: list[TagResult]


class Problem(BaseModel):
    """An error, as problem+json (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    error: str
    error_type: str
    request_id: str


class Health(BaseModel):
    """Whether the service is alive, or ready for traffic."""

    status: str
