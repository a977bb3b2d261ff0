"""Settings reach the parts that they are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootstrap.services import build, open_table
from bootstrap.settings import Settings
from scoring.errors import TableUnavailable
from tests.fakes.faulty_proxy import THROTTLED, aws_error, faulty_proxy


@pytest.mark.parametrize(("seconds", "attempts"), [(1e-9, 1), (30.0, 4)])
def test_the_table_timeout_bounds_the_attempts_at_dynamodb(
    seconds: float, attempts: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with faulty_proxy("http://127.0.0.1:9") as proxy:
        proxy.fail(THROTTLED, times=3)
        proxy.fail(aws_error("ResourceNotFoundException"), times=None)
        settings = Settings(
            customer_table_name="customers",
            aws_endpoint_url=proxy.url,
            table_timeout_seconds=seconds,
            data_dir=tmp_path,
        )
        table = open_table(settings)
        with pytest.raises(TableUnavailable):
            table.look_up(["CUS1"])
        table.close()
        assert len(proxy.seen) == attempts


def test_what_runs_beside_the_services_ends_with_them(tmp_path: Path) -> None:
    services, ended = build(Settings(data_dir=tmp_path)), list[str]()
    services.beside.append(lambda: ended.append("analyst"))
    services.close()
    assert ended == ["analyst"]
