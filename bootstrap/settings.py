"""Every environment variable of the service, typed and documented. The README's table is checked against this file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Read from the environment; a variable that is set but empty counts as unset."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address that `python app.py` and `./setup.sh run` listen on.")
    port: int = Field(5000, ge=1, le=65535, description="Port that they listen on.")

    ml_data_bucket: str | None = Field(
        None, description="S3 bucket of the models. Unset: the folder `DATA_DIR/models`."
    )
    customer_table_name: str | None = Field(
        None,
        min_length=3,
        max_length=247,
        description="DynamoDB table of the customers; the history lies in `<name>-history`. Unset: SQL.",
    )
    database_url: str | None = Field(
        None,
        description="SQLAlchemy URL, `postgresql://user:password@host/name`. Unset, and no DynamoDB table: "
        "SQLite in `DATA_DIR`.",
    )
    aws_default_region: str | None = Field(None, description="Region of bucket and table.")
    aws_endpoint_url: str | None = Field(None, description="Another endpoint for both, such as a local emulator.")
    data_dir: Path = Field(
        Path("var"), description="Folder for the embedded store, verified copies of models, and the outbox."
    )
    routes_file: Path = Field(ROOT / "routes.toml", description="Routes, score scale and cut-offs.")

    cors_origins: CommaSeparated = Field(
        ("http://localhost:3000", "http://127.0.0.1:3000"),
        description="Origins that browsers may call from, comma separated; `*` for any.",
    )
    api_key_hashes: CommaSeparated = Field(
        (),
        description="Comma separated `name:scope+scope:sha256` entries (scopes `score`, `read`, `record`, `erase`, "
        "`lab`). "
        "Set: `/api/*` needs an `X-API-Key` whose SHA-256 is listed.",
    )
    rate_limit_per_second: float | None = Field(
        None, gt=0, description="Requests per second and client that one worker process answers. Unset: no limit."
    )
    secret_key: str | None = Field(
        None,
        min_length=32,
        description="Signs paging cursors and keys the customer references in logs; the same on every machine. "
        "Unset: made once and kept in `DATA_DIR`.",
    )

    max_body_bytes: int = Field(256 * 1024, ge=1024, description="Largest body of a single request.")
    max_batch_body_bytes: int = Field(4 * 1024 * 1024, ge=1024, description="Largest body of a batch request.")
    max_scoring_requests: int = Field(
        28, ge=1, description="Scoring requests at once in one worker process; more are answered 503 at once."
    )
    table_timeout_seconds: float = Field(
        2.0, gt=0, le=60, description="Longest that a request waits for the customers table to take its record."
    )
    idempotency_hours: float = Field(24.0, gt=0, description="How long an Idempotency-Key is remembered.")
    model_retry_seconds: float = Field(
        5.0, gt=0, description="Longest pause between attempts to load a model that could not be loaded."
    )
    model_refresh_seconds: float = Field(
        30.0, gt=0, description="Within which a running worker takes a model that was promoted or rolled back."
    )
    require_signed_models: bool = Field(
        False, description="Load no model that is not signed with one of `TRUSTED_MODEL_KEYS`."
    )
    trusted_model_keys: Path | None = Field(
        None, description="PEM file with the public keys that models may be signed with; several, while keys change."
    )
    model_signing_key: Path | None = Field(
        None, description="PEM file with the private key that `flask models` signs with; not for serving machines."
    )
    outcome_maturity_months: int = Field(
        12, ge=1, le=120, description="Months after which a customer without default counts as a good one."
    )
    laboratory: bool = Field(
        True,
        description="Whether the model laboratory answers (`/api/train`, `/api/explain`, ...). "
        "`false` where a machine only serves.",
    )
    lab_concurrent_jobs: int = Field(2, ge=1, le=64, description="Training jobs that run at once; others wait.")
    lab_job_seconds: int = Field(3600, ge=10, description="Longest that a training job may take.")
    lab_job_memory_mb: int = Field(8192, ge=2048, description="Most memory that a training job may take.")
    max_lab_body_bytes: int = Field(
        16 * 1024 * 1024, ge=1024, description="Largest body of a laboratory request: rows to train on or to analyse."
    )
    mlflow_tracking_uri: str | None = Field(
        None, description="MLflow tracking server or store. Unset: SQLite in `DATA_DIR/laboratory`."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Level of the JSON log.")

    @field_validator("cors_origins", "api_key_hashes", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_table(self) -> Settings:
        if self.customer_table_name and self.database_url:
            message = "CUSTOMER_TABLE_NAME (DynamoDB) and DATABASE_URL (SQL) are both set; the customers lie in one"
            raise ValueError(message)
        return self

    @property
    def models_dir(self) -> Path:
        """Where the embedded model store keeps its bundles."""
        return self.data_dir / "models"

    @property
    def laboratory_dir(self) -> Path:
        """Where the laboratory of this machine keeps its jobs and runs."""
        return self.data_dir / "laboratory"

    @property
    def is_embedded(self) -> bool:
        """Whether customers lie in the embedded SQLite file, whose tables are made without being asked for."""
        return not (self.customer_table_name or self.database_url)


def read() -> Settings:
    """Settings of this process. Exits with one line per wrong variable."""
    from pydantic import ValidationError

    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{'_'.join(map(str, each['loc'])).upper() or 'settings'}: {each['msg']}" for each in error.errors()]
        raise SystemExit("The environment is not usable:" + os.linesep + os.linesep.join(lines)) from None
