"""Settings, read from the environment once, validated at start; a wrong one is named."""

import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="QMT_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    data_dir: Path = Path("var")
    demo: bool | None = Field(
        default=None, description="Seed the demo tenant; unset: on the first start in an empty data directory."
    )

    database_url: str | None = Field(
        default=None, description="The runtime role's URL (postgresql://…); unset: the built-in PostgreSQL."
    )
    migration_database_url: str | None = Field(
        default=None, description="The owner's URL, for migrations; unset: the built-in PostgreSQL."
    )
    database_direct_url: str | None = Field(
        default=None, description="A URL that bypasses PgBouncer, for LISTEN; unset: the runtime role's URL."
    )
    database_pool_size: int = Field(default=20, ge=1, le=200, description="Connections that a process opens at most.")

    storage: Literal["filesystem", "s3"] = "filesystem"
    s3_bucket: str | None = None
    s3_endpoint_url: str | None = None
    s3_region: str = "us-east-1"

    secret_key: SecretStr | None = Field(default=None, description="Signs access tokens; at least 32 characters.")
    access_token_minutes: int = Field(default=60, ge=1, le=24 * 60)
    sign_in_attempts: int = Field(default=8, ge=1, description="Failed attempts per name before a pause.")
    sign_in_window_s: int = Field(default=300, ge=1)
    rate_limit_per_minute: int = Field(default=6000, ge=1, description="Requests per key and process.")

    max_body_bytes: int = Field(default=2**20, ge=1024, description="Largest body, but for batches and recordings.")
    max_recording_bytes: int = Field(default=2 * 2**30, ge=1024)

    whisper_model: str = "base"
    whisper_compute_type: str = "int8"
    worker_lease_s: int = Field(default=60, ge=2, description="A silent worker's jobs go to another after this.")
    worker_concurrency: int = Field(default=4, ge=1)

    job_retention_days: int = Field(default=30, ge=1, description="Succeeded jobs are removed after this.")
    failed_job_retention_days: int = Field(default=90, ge=1, description="Failed jobs are removed after this.")

    event_streams: int = Field(default=500, ge=1, description="Open event streams of a process at most.")
    event_streams_per_credential: int = Field(default=10, ge=1, description="The same of a credential and process.")
    event_stream_life_s: int = Field(default=3600, ge=1, description="A stream ends after this; its client reconnects.")
    live_event_retention_days: int = Field(default=7, ge=1, description="Live events are removed after this.")

    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        if self.storage == "s3" and not self.s3_bucket:
            raise ValueError("QMT_S3_BUCKET is required when QMT_STORAGE=s3")
        if bool(self.database_url) != bool(self.migration_database_url):
            raise ValueError("QMT_DATABASE_URL and QMT_MIGRATION_DATABASE_URL must be given together")
        if self.database_direct_url and not self.database_url:
            raise ValueError("QMT_DATABASE_DIRECT_URL is another way to the database of QMT_DATABASE_URL: give both")
        if self.secret_key and len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("QMT_SECRET_KEY must have at least 32 characters")
        return self

    @cached_property
    def signing_key(self) -> str:
        """The configured key, or one made on first use and kept in the data directory."""
        if self.secret_key:
            return self.secret_key.get_secret_value()
        return _kept_secret(self.data_dir / "secret-key")

    @property
    def objects_dir(self) -> Path:
        return self.data_dir / "objects"

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")
