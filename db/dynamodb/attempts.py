"""Calls to DynamoDB within a time budget: what is tried again, what is not, and what a client is told."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ChecksumError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError
from botocore.parsers import ResponseParserError

from db.dynamodb.values import Item
from scoring.errors import TableUnavailable

_log = logging.getLogger(__name__)

OUT_OF_REACH = "The customers table cannot be reached."
FIRST_PAUSE_SECONDS = 0.025
LONGEST_PAUSE_SECONDS = 0.4

_PASSING = {  # what DynamoDB says with a 400 although the same request may succeed in a moment
    "ContinuousBackupsUnavailableException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_NETWORK = (UnreachableError, HTTPClientError, ChecksumError)
_REFUSED = "ConditionalCheckFailed"


class ConditionFailed(Exception):
    """A condition of the request does not hold: nothing was written.

    `items`: for each action of the request, the item as it stands whose condition failed (empty where the action did
    not ask for it), or None where it did not fail.
    """

    def __init__(self, items: Sequence[Item | None]) -> None:
        super().__init__("a condition does not hold")
        self.items = items


class Attempts:
    """The attempts at one thing, all of them before `deadline` (of time.monotonic).

    The last one may end later, by the client's own time-outs. Pauses grow and are random ("full jitter":
    M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015).
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._pause = FIRST_PAUSE_SECONDS

    def call(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        """What a client's method answers. Raises ConditionFailed, or TableUnavailable when trying on is of no use."""
        while True:
            try:
                return operation(**arguments)
            except ClientError as error:
                reasons = _reasons(error)
                if any(reason["Code"] == _REFUSED for reason in reasons):
                    items = [reason.get("Item", {}) if reason["Code"] == _REFUSED else None for reason in reasons]
                    raise ConditionFailed(items) from None
                passing, code = _judge(error, reasons)
            except (BotoCoreError, ResponseParserError) as error:
                passing, code = isinstance(error, _NETWORK), type(error).__name__
            if not passing or not self.again():
                # AWS's own message names accounts and tables, so it is neither logged nor chained.
                _log.warning("DynamoDB failed", extra={"operation": operation.__name__, "code": code})
                raise TableUnavailable(OUT_OF_REACH) from None

    def again(self) -> bool:
        """Pause before another attempt; False, at once, if its time would be past the deadline."""
        pause = random.uniform(0, self._pause)  # noqa: S311  # spreads load, keeps no secret
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        if time.monotonic() + pause >= self._deadline:
            return False
        time.sleep(pause)
        return True


def _reasons(error: ClientError) -> Sequence[Mapping[str, Any]]:
    response: Mapping[str, Any] = error.response
    if "CancellationReasons" in response:
        reasons: Sequence[Mapping[str, Any]] = response["CancellationReasons"]
        return reasons
    code = error_code(error)
    return [{"Code": code.removesuffix("Exception"), "Item": response.get("Item", {})}]


def _judge(error: ClientError, reasons: Sequence[Mapping[str, Any]]) -> tuple[bool, str]:
    """Whether the failure may pass, and its code for the log."""
    code = error_code(error)
    if code == "TransactionCanceledException":
        codes = {str(reason["Code"]) for reason in reasons} - {"None"}
        return codes <= _PASSING, f"{code}: {', '.join(sorted(codes))}"
    return code in _PASSING or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500, code


def error_code(error: ClientError) -> str:
    """DynamoDB's name for what went wrong."""
    return error.response["Error"]["Code"]
