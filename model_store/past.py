"""What the changes of switches say of the past: what served before, and which promotion was begun and not ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from model_store.switch import Change, Switch, complete

Switches = Mapping[str, Switch | None]


class NoPast(Exception):
    """There is nothing to go back to; the message tells an operator why."""


def begun(switches: Switches, kind: str, together: Mapping[str, str]) -> Change | None:
    """The newest change of a switch, when it is of the same promotion and not yet in all switches."""
    for reference in together:
        if switch := switches[reference]:
            newest = switch.history[-1]
            is_same = newest.kind == kind and newest.together == together
            if is_same and newest not in complete(switches, switch):
                return newest
    return None


def is_settled(switches: Switches, together: Iterable[str]) -> bool:
    """Whether no promotion was begun after the ones that count."""
    found = (switches[reference] for reference in together)
    return all(switch and switch.history[-1] in complete(switches, switch) for switch in found)


def versions_before(switches: Switches, references: Iterable[str], to: str | None) -> dict[str, str]:
    """Reference -> version for a rollback of `references`, and of what serves by the same promotions.

    `switches` has those of all references that were ever promoted together. Raises NoPast.
    """
    pasts = {reference: complete(switches, switch) if switch else [] for reference, switch in switches.items()}
    together: dict[str, str] = {}
    for reference in references:
        if not pasts[reference]:
            raise NoPast(f"{reference} has no version that serves")
        if to is None and (unfinished := _unfinished(switches, pasts, reference)):
            return _given_up(unfinished, pasts)
        left = _left(reference, pasts[reference], to)
        now = pasts[reference][-1].promotion
        for other, changes in pasts.items():
            if changes and changes[-1].promotion == now:
                version = (_standing_before(changes, left, pasts[reference]) or changes[-1]).version
                if together.setdefault(other, version) != version:
                    raise NoPast(f"{other} would have to go back to two versions at once; name fewer models")
    return together


def _unfinished(switches: Switches, pasts: Mapping[str, list[Change]], reference: str) -> Change | None:
    """The newest promotion of this reference, if it is in some switches only."""
    newest = (switch.history[-1] for switch in switches.values() if switch)
    return next(
        (each for each in newest if reference in each.together and all(each not in past for past in pasts.values())),
        None,
    )


def _given_up(unfinished: Change, pasts: Mapping[str, list[Change]]) -> dict[str, str]:
    """What serves while a promotion is unfinished; or what it rolls back to, since rolling back again ends it."""
    if unfinished.kind == "rollback":
        return dict(unfinished.together)
    return {each: pasts[each][-1].version for each in unfinished.together if pasts.get(each)}


def _left(reference: str, changes: list[Change], to: str | None) -> Change:
    """The change that the rollback undoes: before it served what is to serve again."""
    position = len(changes) - 1
    if to is not None:
        wanted = [i for i in range(position) if changes[i].version == to]
        if not wanted:
            raise NoPast(f"{reference} was never at version {to}, or is now")
        return changes[wanted[-1] + 1]
    while changes[position].kind == "rollback":
        earlier = [i for i in range(position) if changes[i].version == changes[position].version]
        if not earlier:
            break
        position = earlier[-1]
    while position and changes[position - 1].version == changes[position].version:
        position -= 1
    if not position:
        raise NoPast(f"{reference} has no version before {changes[position].version}")
    return changes[position]


def _standing_before(changes: list[Change], left: Change, of: list[Change]) -> Change | None:
    """What a model served just before a change, which may be one of another model, whose changes are `of`.

    The promotions that both went through say what came before what; the publishers' clocks, which may differ, only what
    lies between two of these. (One that was completed late may stand twice: its last time counts.)
    """
    position = next(i for i, each in enumerate(of) if each is left)
    if changes is of:
        return changes[position - 1] if position else None
    last = {each.promotion: i for i, each in enumerate(changes)}
    end = next((last[each.promotion] for each in of[position:] if each.promotion in last), len(changes))
    if left.promotion not in last:
        start = max((last[each.promotion] + 1 for each in of[:position] if each.promotion in last), default=0)
        end = max((i + 1 for i in range(start, end) if changes[i].at < left.at), default=min(start, end))
    return changes[end - 1] if end else None
