"""The service's settings: environment variables with the prefix GPCOMMENTS_, each with a default that is safe."""

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.checkpoint import SHIPPED
from model.errors import GpcommentsError
from model.taxonomy import first_problem


class Settings(BaseSettings):
    """One field a setting; the table in README is made from this class."""

    model_config = SettingsConfigDict(env_prefix="GPCOMMENTS_", frozen=True, protected_namespaces=())

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on")
    model: Path = Field(SHIPPED, description="checkpoint folder")
    device: str = Field("auto", description="auto, cpu or cuda")
    max_body_bytes: int = Field(4_000_000, ge=1000, description="largest request body, in bytes")
    max_comments: int = Field(1000, ge=1, description="most comments in one request")
    batch_tokens: int = Field(4096, ge=64, description="padded tokens that close a batch")
    queue_tokens: int = Field(500_000, ge=1000, description="waiting tokens past which requests are refused")
    drain_s: int = Field(10, ge=0, description="seconds to finish what was begun, on a stop")


def load_settings() -> Settings:
    """Settings from the environment. Raises GpcommentsError, which names the variable and what is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        name, _, problem = first_problem(error).partition(": ")
        raise GpcommentsError(f"GPCOMMENTS_{name.upper()}: {problem}; set it anew, or unset it") from error
