"""What an operator may set: one typed object, read from `SEGUE_*` in the environment or a `.env` file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting with its safe default.

    `data_dir` holds what must survive: the embedded database, the clips, the master secret.
    """

    model_config = SettingsConfigDict(env_prefix="SEGUE_", env_file=".env", extra="ignore")

    data_dir: Path = Path(".segue")
    database_url: str = ""
    """SQLAlchemy URL; empty means SQLite in `data_dir`."""
    public_origin: str = "http://127.0.0.1:8000"
    """Scheme, host and port a recipient's browser sees; every absolute URL is built from it, never from `Host`."""
    media_url: str = ""
    """Where clip files live: empty means `data_dir/clips`; `s3://bucket/prefix` an S3-compatible store."""
    media_url_ttl_s: int = Field(default=6 * 3600, ge=300)
    master_secret: SecretStr | None = None
    """32 bytes as hex; empty means one made once and kept in `data_dir/master.key` (mode 600)."""
    link_algorithm: Literal["HS256", "EdDSA"] = "HS256"
    link_days: int = Field(default=90, ge=1)
    event_days: int = Field(default=90, ge=7)
    """How long single events are kept, in days; the sums of a visit stay. The consent notice says this number."""
    attention_group: int = Field(default=20, ge=5)
    """How many people it takes before the course of facing the screen is shown of them together."""
    attention_server: bool = False
    """Let browsers that can't work it out themselves ask to send us pictures: with a second consent, never kept."""
    profile_budget_s: float = Field(default=1.5, gt=0)
    """How long an open may wait for the CRM before the last sealed snapshot stands in."""
    crm_open: bool = False
    """Serve `/crm` without sign-in, to loopback addresses only: for the demo."""
    inline_worker: bool = False
    """Run the worker as a thread of the web process (what `make run` does)."""
    hubspot_api: str = "https://api.hubapi.com"
    """Where HubSpot's API answers; `segue crm sandbox hubspot` prints another."""
    hubspot_app: str = "https://app.hubspot.com"
    """Where HubSpot's users sign in and allow an app."""
    hubspot_client_id: str = ""
    hubspot_client_secret: SecretStr | None = None
    """Of the OAuth app, when installations come by OAuth; a static-token app's own secret is given when connecting."""
    hubspot_app_id: str = ""
    salesforce_client_id: str = ""
    """The consumer key of the External Client App, when orgs connect by the web-server flow."""
    salesforce_client_secret: SecretStr | None = None
    salesforce_sandbox: str = ""
    """An http address that stands for every Salesforce host: `segue crm sandbox salesforce` prints it."""
    trusted_proxies: int = 0
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def database(self) -> str:
        """The URL the engine opens."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'segue.sqlite3').resolve()}"


@cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
