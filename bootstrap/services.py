"""The one place where concrete things meet: from settings to a scoring service, and what runs beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bootstrap.provenance import provenance
from bootstrap.settings import Settings
from db.drainer import Drainer
from db.outbox import SqliteOutbox
from model_store.artifacts import ArtifactStore
from model_store.cache import DiskCache
from model_store.folder import FolderArtifacts
from model_store.native import NativeScorer, compile_native
from model_store.signing import Trust
from model_store.store import LoadedModels
from model_store.versioned_models import VersionedModels
from routing import routes
from routing.archive import Archive
from routing.audit import AuditService
from routing.ports import CustomerTable
from routing.routes import Routes
from routing.service import ScoringService
from routing.shadow import Shadows
from scoring.identity import Clock

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DEFAULT_REGION = "us-east-1"


CountShadows = Callable[[str, str, int], None]
"""Counts shadow scores: route, outcome, how many."""


class Table(CustomerTable, Archive, Protocol):
    """A customers table with its archive that can also be made and let go of."""

    def create(self) -> None:
        """Make the tables that are not there. Raises TableUnavailable."""

    def close(self) -> None:
        """Let go of connections and threads."""


@dataclass
class Services:
    """What a process needs to score. Building it opens nothing; `start` it after the fork, `close` it once.

    `beside`: what ends beside it, such as the analyst of the laboratory.
    """

    routes: Routes
    scoring: ScoringService
    audit: AuditService
    table: Table
    models: LoadedModels
    versions: VersionedModels
    shadows: Shadows
    outbox: SqliteOutbox
    drainer: Drainer
    creates_tables: bool
    beside: list[Callable[[], None]] = field(default_factory=list)
    _started: bool = False
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Load the models, drain the outbox, score shadows, in background threads. Raises TableUnavailable, OSError."""
        with self._starting:
            if self._started:
                return
            if self.creates_tables:
                self.table.create()
            self.models.start()
            self.drainer.start()
            self.shadows.start()
            self._started = True

    def close(self) -> None:
        """End the threads, finish what is being written."""
        with self._starting, ExitStack() as each:
            each.callback(self.table.close)
            for end in self.beside:
                each.callback(end)
            each.callback(self.outbox.close)
            if self._started:
                each.callback(self.drainer.stop)
                each.callback(self.models.close)
                each.callback(self.shadows.close)


def build(settings: Settings, count_shadows: CountShadows = lambda _route, _outcome, _number: None) -> Services:
    """Build the services that the settings name. Raises RoutesError, ValueError, OSError."""
    declared = routes.load(settings.routes_file)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    table = open_table(settings)
    models = LoadedModels(
        artifacts(settings),
        declared.model_names(),
        settings.data_dir / "cache",
        compile_native=compile_native,
        native_scorer=NativeScorer,
        scale=declared.scale,
        trust=trust(settings),
        optional=set(declared.model_names()) - set(declared.routed()),
        refresh_seconds=settings.model_refresh_seconds,
        longest_wait=settings.model_retry_seconds,
    )
    outbox = SqliteOutbox(settings.data_dir / "outbox.db", deadline=settings.table_timeout_seconds)
    shadows = Shadows(declared, table, count_shadows)
    clock = Clock()
    scoring = ScoringService(declared, models, table, outbox, clock, provenance(), shadows)
    audit = AuditService(table, table, clock)
    drainer, versions = Drainer(outbox, table, archive=table), model_versions(settings)
    return Services(
        declared, scoring, audit, table, models, versions, shadows, outbox, drainer, creates_tables=settings.is_embedded
    )


def trust(settings: Settings) -> Trust:
    """Whose signatures count. Raises ValueError."""
    return Trust.load(settings.trusted_model_keys, settings.require_signed_models)


def model_versions(settings: Settings) -> VersionedModels:
    """All versions that the store keeps. Raises RoutesError, ValueError."""
    cache = DiskCache(settings.data_dir / "cache")
    scale = routes.load(settings.routes_file).scale
    return VersionedModels(artifacts(settings), cache, NativeScorer, scale, trust(settings))


def artifacts(settings: Settings) -> ArtifactStore:
    """The store that holds the models: the bucket, else the folder."""
    if not settings.ml_data_bucket:
        settings.models_dir.mkdir(parents=True, exist_ok=True)
        return FolderArtifacts(settings.models_dir)
    from model_store.s3 import S3Artifacts

    return S3Artifacts(_s3_client(settings), settings.ml_data_bucket)


def open_table(settings: Settings) -> Table:
    """The customers table: DynamoDB, PostgreSQL or SQLite. Connects to nothing."""
    key_seconds = settings.idempotency_hours * 3600
    if settings.customer_table_name:
        from db.dynamodb.client import dynamodb_client
        from db.dynamodb.table import DynamoTable

        client = dynamodb_client(settings.aws_default_region or DEFAULT_REGION, settings.aws_endpoint_url)
        name, seconds = settings.customer_table_name, settings.table_timeout_seconds
        return DynamoTable(client, name, key_seconds=key_seconds, budget_seconds=seconds)

    from db.sql.database import postgresql, sqlite
    from db.sql.table import SqlTable

    database = postgresql(settings.database_url) if settings.database_url else sqlite(settings.data_dir / "credit.db")
    return SqlTable(database, key_seconds=key_seconds, deadline=settings.table_timeout_seconds)


def _s3_client(settings: Settings) -> S3Client:
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=0.5, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
    return boto3.session.Session().client(
        "s3",
        region_name=settings.aws_default_region or DEFAULT_REGION,
        endpoint_url=settings.aws_endpoint_url,
        config=config,
    )
