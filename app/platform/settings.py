"""Settings, read from the environment once, validated at start; a wrong one is named."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from email.policy import SMTP
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MailEncryption = Literal["none", "starttls", "tls"]
_SMTP_PORTS: dict[MailEncryption, int] = {"none": 25, "starttls": 587, "tls": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes our mail. `sender` is the From of every message, a name and an address."""

    host: str
    port: int
    encryption: MailEncryption
    username: str | None
    password: SecretStr | None
    sender: str


def _require_sender(text: str) -> str:
    """One address, with or without a name before it."""
    if text.isprintable() and text.isascii():
        with suppress(IndexError):  # the library's answer to a text that ends too early
            header = SMTP.header_factory("From", text)
            if not header.defects and [bool(one.username and one.domain) for one in header.addresses] == [True]:
                return text
    raise ValueError("must be one address, such as QMT <qmt@example.com>, in ASCII")


def _require_base_url(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if scheme not in ("http", "https") or not separator or not rest or any(letter in rest for letter in " ?#"):
        raise ValueError("must be the beginning of a link, such as https://qmt.example.com")
    return text.rstrip("/")


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

    export_retention_days: int = Field(default=7, ge=1, description="The files of exports are removed after this.")
    max_export_bytes: int = Field(
        default=75 * 2**30, ge=1024, description="Largest file of an export. S3 takes 78 GiB in parts of 8 MiB."
    )

    whisper_model: str = "base"
    whisper_compute_type: str = "int8"
    worker_lease_s: int = Field(default=60, ge=2, description="A silent worker's jobs go to another after this.")
    worker_concurrency: int = Field(default=4, ge=1)

    job_retention_days: int = Field(default=30, ge=1, description="Succeeded jobs are removed after this.")
    failed_job_retention_days: int = Field(default=90, ge=1, description="Failed jobs are removed after this.")

    event_streams: int = Field(default=500, ge=1, description="Open event streams of a process at most.")
    event_streams_per_credential: int = Field(default=10, ge=1, description="The same of a credential and process.")
    event_streams_per_guest: int = Field(default=3, ge=1, description="The same of a guest, who has one link.")
    event_streams_per_tenant: int | None = Field(
        default=None, ge=1, description="Those of a tenant and process; unset: half of `event_streams`."
    )
    event_stream_life_s: int = Field(default=3600, ge=1, description="A stream ends after this; its client reconnects.")
    live_event_retention_days: int = Field(default=7, ge=1, description="Live events are removed after this.")
    smtp_host: str | None = Field(default=None, min_length=1, description="The mail server; unset: no mail is sent.")
    smtp_port: int | None = Field(default=None, ge=1, le=65535, description="Unset: the usual port of `smtp_tls`.")
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: MailEncryption = "starttls"
    smtp_from: Annotated[str, AfterValidator(_require_sender)] | None = Field(
        default=None, description="From whom mail comes, such as QMT <qmt@example.com>."
    )
    public_url: Annotated[str, AfterValidator(_require_base_url)] | None = Field(
        default=None, description="The beginning of links in mail; unset: http:// with host and port."
    )
    email_retention_days: int = Field(default=30, ge=1, description="Sent e-mails are removed after this.")
    unsent_email_retention_days: int = Field(
        default=90, ge=1, description="E-mails that failed are removed after this."
    )

    figure_retention_days: int = Field(default=400, ge=1, description="Kept figures of reports are removed after this.")
    max_report_attachment_bytes: int = Field(
        default=5 * 2**20, ge=0, description="A scheduled report that is larger is sent as a link."
    )

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
        self._check_mail()
        return self

    def _check_mail(self) -> None:
        if bool(self.smtp_username) != bool(self.smtp_password):
            raise ValueError("QMT_SMTP_USERNAME and QMT_SMTP_PASSWORD must be given together")
        if self.smtp_host is None and (self.smtp_username or self.smtp_from or self.smtp_port):
            raise ValueError("QMT_SMTP_HOST is required where another setting of the mail server is given")
        if self.smtp_host is not None and self.smtp_from is None:
            raise ValueError("QMT_SMTP_FROM is required when QMT_SMTP_HOST is given")
        if self.smtp_username and self.smtp_tls == "none":
            raise ValueError("QMT_SMTP_USERNAME needs QMT_SMTP_TLS=starttls or tls: a password is not sent in clear")

    @property
    def mail_server(self) -> MailServer | None:
        """The mail server; None where no mail is sent."""
        if self.smtp_host is None or self.smtp_from is None:
            return None
        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port or _SMTP_PORTS[self.smtp_tls],
            encryption=self.smtp_tls,
            username=self.smtp_username,
            password=self.smtp_password,
            sender=self.smtp_from,
        )

    @property
    def event_streams_of_a_tenant(self) -> int:
        """No tenant takes the streams of all others."""
        return self.event_streams_per_tenant or max(1, self.event_streams // 2)

    @property
    def link_base(self) -> str:
        """The beginning of links in mail, without a slash at its end."""
        return self.public_url or f"http://{self.host}:{self.port}"

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
