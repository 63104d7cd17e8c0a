"""Everything an operator may set, from `AFTERSALES_*` variables; each default is safe for one machine."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The operator's choices. An empty `database_url` means the embedded PostgreSQL under `data_dir`."""

    model_config = SettingsConfigDict(env_prefix="AFTERSALES_", extra="ignore")

    database_url: str = ""
    database_admin_url: str = Field("", description="For migrations; empty = database_url")
    database_pump_url: str = Field("", description="For the worker's claims; empty = database_url")
    database_read_url: str = Field("", description="A replica for lists and metrics; empty = database_url")
    database_role: str = "aftersales_app"
    database_pump_role: str = "aftersales_pump"
    database_pool_size: int = 10
    database_pooled: bool = Field(
        default=False,
        description="Behind pgbouncer in transaction mode: nothing is asked of a session, the logins are the roles",
    )
    data_dir: Path = Path(".data")
    base_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    secret_keys: str = Field("", description="`kid:base64 of 32 bytes`, comma separated, the first one seals")
    pepper: str = Field("", description="Keyed hashes of API keys, tokens and addresses; never changes")
    mail_sender: Literal["mailbox", "smtp"] = "mailbox"
    mail_from: str = "shop@localhost"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_username: str = ""
    smtp_password: str = ""
    smtp_starttls: bool = False
    smtp_timeout_s: float = 10.0
    outbound_allow_subnets: str = Field("", description="Comma separated networks open to outbound calls; for tests")
    outbound_allow_ports: str = Field("", description="Comma separated ports beside 80, 443, 8443; for tests")
    outbound_https_only: bool = True
    outbound_kept_days: int = Field(30, ge=3, description="How long webhook messages and attempts are kept")
    rate_limit: int = Field(6000, description="Requests per key and minute, divided by api_processes")
    inbound_rate_limit: int = Field(60000, description="Webhooks per connection and minute, divided by api_processes")
    api_processes: int = 1
    body_limit: int = 1_000_000
    inbound_body_limit: int = 2_000_000
    upload_limit: int = 20_000_000
    inbound_retention_days: int = Field(30, ge=7, description="How long deliveries and their keys are kept at least")
    privacy_answer_days: int = Field(30, ge=1, description="Within how many days a person who asks must have an answer")
    export_kept_days: int = Field(7, ge=1, description="How long the export of a person's data can be downloaded")
    request_deadline_s: float = 2.9
    ending_s: int = Field(7, ge=1, le=8, description="How long what runs may go on after SIGTERM; gone 2 s later")
    job_lease_s: float = 30.0
    job_deadline_s: float = 20.0
    docs_enabled: bool = True
    ops_token: str = Field("", description="Opens /metrics; empty = loopback callers only")
    log_level: str = "INFO"
    otlp_endpoint: str = Field("", description="A collector's address for traces, …/v1/traces; needs the extra `otel`")
    demo_shop: bool = False


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
