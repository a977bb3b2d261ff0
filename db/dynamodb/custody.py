"""A customer's item in the history table: the key that seals the records, what was erased, and a legal hold.

While there is a key, `seal_key` holds it and `key_id` its name. Erasing removes both, in one update, and adds to
`receipts`, whose entries keep the name of the key that went, so that what it sealed is known for erased. A copy of the
item lives on in the table's point-in-time recovery for as long as that reaches back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db.dynamodb.layout import CUSTOMER, reserved_key
from db.dynamodb.values import Attribute, Item, attribute, item, plain
from db.sealing import key_id, new_key
from routing.archive import Hold, Receipt

SEAL_KEY, KEY_ID = "seal_key", "key_id"
ERASED_AT, RECEIPTS, HOLD = "erased_at", "receipts", "legal_hold"
NO_HOLD = f"attribute_not_exists({HOLD})"

_NOT_ERASED = f"(attribute_not_exists({ERASED_AT}) OR {ERASED_AT} < :at)"
_SAME_KEY = f"{KEY_ID} = :id AND {_NOT_ERASED}"
_NO_KEY = f"attribute_not_exists({KEY_ID}) AND {_NOT_ERASED}"
_MAKE_KEY = f"SET {SEAL_KEY} = :key, {KEY_ID} = :id"
_ERASE = f"SET {ERASED_AT} = :at REMOVE {SEAL_KEY}, {KEY_ID}"
_KEEP_RECEIPT = f"SET {RECEIPTS} = list_append(if_not_exists({RECEIPTS}, :none), :receipt), "


@dataclass(frozen=True, slots=True)
class Custody:
    """What the item says. `gone`: the names of keys thrown away; `erased_at`: the last erasure, empty if none."""

    key: bytes | None = None
    erased_at: str = ""
    gone: frozenset[str] = frozenset()
    hold: Hold | None = None
    receipts: tuple[Receipt, ...] = ()

    def opens(self, name: str) -> bool:
        """Whether the key of this name is the present one."""
        return self.key is not None and key_id(self.key) == name

    def erased(self, name: str, at: str) -> bool:
        """Whether what the key of this name sealed, at the stamp `at`, was erased."""
        return name in self.gone or at <= self.erased_at


def custody_in(customer_id: str, found: Item) -> Custody:
    """Read an item, or what there is of it."""
    receipts: list[dict[str, Any]] = plain(found[RECEIPTS]) if RECEIPTS in found else []
    return Custody(
        key=bytes(found[SEAL_KEY]["B"]) if SEAL_KEY in found else None,
        erased_at=found[ERASED_AT]["S"] if ERASED_AT in found else "",
        gone=frozenset(each[KEY_ID] for each in receipts if KEY_ID in each),
        hold=Hold(**plain(found[HOLD])) if HOLD in found else None,
        receipts=tuple(
            Receipt(each["receipt_id"], customer_id, each["erased_at"], each["user"], each["reason"])
            for each in receipts
        ),
    )


class Guard:
    """The part of a transaction that answers for the key: that what is sealed with it at `at` may be opened later.

    It makes the customer's key, or holds that `seal` is still the one. When it is refused, `learn` what stands there.
    `at`: when that was made which is to be sealed (a stamp). `key`: what to seal with, unless `erased`.
    """

    def __init__(self, table: str, customer_id: str, at: str, seal: bytes | None) -> None:
        self._table, self._customer_id, self._at = table, customer_id, at
        self._is_new = seal is None
        self.key = seal or new_key()
        self.erased = False

    def learn(self, found: Item) -> None:
        """Take over what the item says. A key that is gone is never used again."""
        custody = custody_in(self._customer_id, found)
        self.erased = self._at <= custody.erased_at
        self._is_new = custody.key is None
        self.key = custody.key or new_key()

    def action(self) -> dict[str, Any]:
        """The action, to stand beside the one that writes what was sealed."""
        values = {":id": attribute(key_id(self.key)), ":at": attribute(self._at)}
        shared = {
            "TableName": self._table,
            "Key": custody_key(self._customer_id),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if not self._is_new:
            return {"ConditionCheck": {**shared, "ConditionExpression": _SAME_KEY, "ExpressionAttributeValues": values}}
        return {
            "Update": {
                **shared,
                "UpdateExpression": _MAKE_KEY,
                "ConditionExpression": _NO_KEY,
                "ExpressionAttributeValues": {**values, ":key": attribute(self.key)},
            }
        }


def custody_key(customer_id: str) -> dict[str, Any]:
    """The key of a customer's item in the history table."""
    return reserved_key(CUSTOMER, customer_id)


def erasure(table: str, receipt: Receipt, seen: Custody, *, is_new: bool) -> dict[str, Any]:
    """Throw the key away, if all is still as it was seen and no hold stands; keep the receipt, if it is new."""
    entry = {
        "receipt_id": receipt.receipt_id,
        "erased_at": receipt.erased_at,
        "user": receipt.user,
        "reason": receipt.reason,
    }
    values: dict[str, Any] = {":at": max(receipt.erased_at, seen.erased_at)}
    conditions = [NO_HOLD, f"attribute_not_exists({KEY_ID})", f"attribute_not_exists({ERASED_AT})"]
    if seen.key is not None:
        values[":id"] = entry[KEY_ID] = key_id(seen.key)
        conditions[1] = f"{KEY_ID} = :id"
    if seen.erased_at:
        values[":before"] = seen.erased_at
        conditions[2] = f"{ERASED_AT} = :before"
    if is_new:
        values |= {":none": [], ":receipt": [entry]}
    return {
        "Update": {
            "TableName": table,
            "Key": custody_key(receipt.customer_id),
            "UpdateExpression": _ERASE.replace("SET ", _KEEP_RECEIPT, 1) if is_new else _ERASE,
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeValues": item(values),
        }
    }


def hold_update(table: str, customer_id: str, hold: Hold | None) -> Mapping[str, Any]:
    """Set a hold in place of any other, or lift it, as UpdateItem takes it."""
    key = {"TableName": table, "Key": custody_key(customer_id)}
    if hold is None:
        return {**key, "UpdateExpression": f"REMOVE {HOLD}"}
    value: Attribute = attribute({"reason": hold.reason, "user": hold.user, "since": hold.since})
    return {**key, "UpdateExpression": f"SET {HOLD} = :hold", "ExpressionAttributeValues": {":hold": value}}


def unheld(table: str, customer_id: str) -> dict[str, Any]:
    """The part of a transaction that holds only while no hold stands."""
    return {"ConditionCheck": {"TableName": table, "Key": custody_key(customer_id), "ConditionExpression": NO_HOLD}}
