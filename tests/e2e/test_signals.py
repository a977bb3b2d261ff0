"""SIGTERM and SIGHUP under load: every request that was sent is answered."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.fakes.load import clients, more_answers
from tests.fakes.running import Running, until


@pytest.mark.parametrize("kept", [True, False], ids=["kept connections", "new connections"])
def test_a_reload_refuses_nobody(data_dir: Path, kept: bool) -> None:
    with Running(data_dir, workers=2) as service:
        before = set(service.worker_pids())
        with clients(service, plain=6, kept=kept) as every:
            service.signal(signal.SIGHUP)
            until(lambda: len(service.worker_pids()) == 2 and not before & set(service.worker_pids()))
            more_answers(every)

        for each in every:
            assert not each.broken
            assert not each.refused
            assert [answer.body for answer in each.answers.values() if answer.status != 200] == []


@pytest.mark.parametrize("kept", [True, False], ids=["kept connections", "new connections"])
def test_a_shutdown_answers_what_was_sent(data_dir: Path, kept: bool) -> None:
    with Running(data_dir, workers=2) as service, clients(service, plain=6, kept=kept) as every:
        more_answers(every)
        service.signal(signal.SIGTERM)
        until(service.has_ended)

    for each in every:
        assert not each.broken
        assert [answer.body for answer in each.answers.values() if answer.status != 200] == []
