"""Group commit: many callers, few transactions, everyone answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from db.committer import Committer
from tests.fakes.polling import until


class Disk:
    """Keeps what is committed; a commit can be held up. A group with a word of `bad` in it fails."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.may_go = threading.Event()
        self.may_go.set()
        self.bad: set[str] = set()

    def commit(self, words: Sequence[str]) -> Sequence[str]:
        self.begun.release()
        assert self.may_go.wait(30)
        if bad := self.bad & set(words):
            raise ValueError(*bad)
        self.groups.append(list(words))
        return [word.upper() for word in words]


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def committer(disk: Disk) -> Iterator[Committer[str, str]]:
    made = Committer(disk.commit, name="committer under test", deadline=30)
    yield made
    disk.may_go.set()
    made.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def queue_behind_the_first(
    disk: Disk, committer: Committer[str, str], threads: ThreadPoolExecutor, words: Sequence[str]
) -> list[Future[str]]:
    """Have `words` wait while the commit of "first" is under way."""
    disk.may_go.clear()
    queued = [threads.submit(committer.run, "first")]
    assert disk.begun.acquire(timeout=30)
    for i, word in enumerate(words, 1):
        queued.append(threads.submit(committer.run, word))
        until(lambda size=i: committer._jobs.qsize() == size)  # type: ignore[misc]
    return queued


def test_a_caller_gets_the_answer_to_its_own_work(committer: Committer[str, str], threads: ThreadPoolExecutor) -> None:
    words = [f"word {i}" for i in range(200)]
    assert list(threads.map(committer.run, words)) == [word.upper() for word in words]


def test_what_waits_goes_into_one_commit(
    disk: Disk, committer: Committer[str, str], threads: ThreadPoolExecutor
) -> None:
    queued = queue_behind_the_first(disk, committer, threads, ["a", "b", "c"])
    disk.may_go.set()
    assert [each.result() for each in queued] == ["FIRST", "A", "B", "C"]
    assert disk.groups == [["first"], ["a", "b", "c"]]


def test_bad_work_fails_alone(disk: Disk, committer: Committer[str, str], threads: ThreadPoolExecutor) -> None:
    disk.bad = {"b"}
    queued = queue_behind_the_first(disk, committer, threads, ["a", "b", "c"])
    disk.may_go.set()
    assert isinstance(queued[2].exception(), ValueError)
    assert [queued[i].result() for i in (0, 1, 3)] == ["FIRST", "A", "C"]
    assert disk.groups == [["first"], ["a"], ["c"]]


def test_a_caller_does_not_wait_beyond_the_deadline_and_what_nobody_waits_for_is_not_begun(disk: Disk) -> None:
    hasty = Committer(disk.commit, name="hasty", deadline=0.01)
    disk.may_go.clear()
    with pytest.raises(TimeoutError):
        hasty.run("begun in time")
    assert disk.begun.acquire(timeout=30)
    with pytest.raises(TimeoutError):
        hasty.run("given up")
    disk.may_go.set()
    until(lambda: disk.groups == [["begun in time"]])
    until(lambda: _answers(hasty, "later"))
    assert [word for group in disk.groups for word in group if word != "later"] == ["begun in time"]
    hasty.close()


def _answers(committer: Committer[str, str], word: str) -> bool:
    try:
        return committer.run(word) == word.upper()
    except TimeoutError:
        return False


def test_closing_finishes_what_waits_and_work_may_come_again(
    disk: Disk, committer: Committer[str, str], threads: ThreadPoolExecutor
) -> None:
    queued = queue_behind_the_first(disk, committer, threads, ["a", "b"])
    closing = threads.submit(committer.close)
    until(lambda: committer._jobs.qsize() == 3)
    disk.may_go.set()
    closing.result()
    assert [each.result() for each in queued] == ["FIRST", "A", "B"]
    assert committer.run("again") == "AGAIN"


def test_no_thread_starts_before_the_first_work(committer: Committer[str, str]) -> None:
    names = [thread.name for thread in threading.enumerate()]
    assert "committer under test" not in names
    committer.run("word")
    assert "committer under test" in [thread.name for thread in threading.enumerate()]
