"""The life of a model as an operator leads it, with real native files, from a key to a retired version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from model_store.card import CARD
from model_store.promotion import promote
from model_store.switch import read_switch
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.candidates import LEARNT, ROUTES, Bank
from tests.fakes.cards import card
from tests.fakes.operators import Desk, native_folder
from training.commands import commands

NAME = "single"
GOOD = LEARNT.line(0, 1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Versions good and worse are published and signed, unsigned is not; good is promoted."""
    made = Desk(tmp_path_factory.mktemp("desk"))
    key = made.root / "key.pem"
    made.said("keygen", key)
    (made.root / "measured.json").write_text('{"auc": 0.71}')
    good, worse = native_folder(made.root, "good", (0, 1)), native_folder(made.root, "worse", (0,))
    told = made.said(
        "publish", good, "--name", NAME, "--version", "good", "--sign", key, "--metrics", made.root / "measured.json"
    )
    assert "single@good: published, signed with key" in told
    made.said("publish", worse, "--name", NAME, "--version", "worse", "--sign", key)
    assert "not signed" in made.said("publish", good, "--name", NAME, "--version", "unsigned")
    made.said("promote", "single@good", "--by", "ann", "--reason", "the first")
    return made


def test_what_is_published_and_promoted_is_listed(desk: Desk) -> None:
    rows = {row["version"]: row for row in json.loads(desk.said("list", "--json"))["versions"]}
    assert rows.keys() == {"good", "worse", "unsigned"}
    assert (rows["good"]["state"], rows["worse"]["state"]) == ("serves as single", None)
    assert rows["unsigned"]["signed_by"] is None
    lines = desk.said("list", NAME).splitlines()
    assert lines[0].split() == ["MODEL", "VERSION", "CREATED", "AT", "DIGEST", "SIGNED", "BY", "STATE"]
    assert len(lines) == 4


def test_a_version_is_shown_with_its_card_and_its_past(desk: Desk) -> None:
    told = desk.said("show", NAME)
    for part in ("single@good", "f0: ", "auc: 0.71", f"purpose      {card().purpose}", "ann", "the first"):
        assert part in told
    measured, fair = card().metrics["auc"], card().fairness[0]
    assert f"  measured     auc {measured.value:.4g} (" in told
    assert f"  80% test     {fair.attribute}, decided by {fair.decided_by}: {fair.verdict}" in told
    assert "single@worse" in desk.said("show", "single@worse")
    plain = json.loads(desk.said("show", NAME, "--json"))
    assert plain["card"]["owner"] == card().owner
    assert {gate["gate"] for gate in plain["changes"][-1]["gates"]} > {"auc", "card", "fairness", "parity", "psi"}
    never = "there is no version never of single, and nothing was promoted as single@never"
    assert desk.refused("show", "single@never") == f"Error: {never}\n"
    assert desk.refused("show", "first") == "Error: no version of first was promoted\n"


def test_versions_are_compared(desk: Desk) -> None:
    told = desk.said("diff", NAME, "good", "worse")
    assert "metric auc" in told
    assert "file model.pkl" in told
    found = {each["what"]: each for each in json.loads(desk.said("diff", NAME, "good", "unsigned", "--json"))}
    assert found["signed by"]["after"] == "-"
    assert "golden rows" not in found


def test_a_gate_that_refuses_is_told_and_changes_nothing(desk: Desk) -> None:
    before = (desk.root / "store" / NAME / "manifest.json").read_bytes()
    told = desk.refused("promote", "single@worse")
    assert "auc of single: " in told
    assert "worse beyond chance" in told
    assert (desk.root / "store" / NAME / "manifest.json").read_bytes() == before
    assert "signature of single: it is not signed" in desk.refused("promote", "single@unsigned", "--override", "now")


def test_an_override_is_recorded_and_rolling_back_undoes_it(desk: Desk) -> None:
    told = desk.said("promote", "single@worse", "--override", "agreed with risk", "--by", "bob")
    assert "single: good -> worse" in told
    assert "Note: no route" not in told
    assert "overridden  auc of single" in told
    change = read_switch(desk.artifacts, NAME)[0].changes[-1]
    assert (change.by, change.override) == ("bob", "agreed with risk")
    assert [gate["passed"] for gate in change.gates if gate["gate"] == "auc"] == [False]
    assert "serves as single" in desk.refused("retire", "single@worse", "--reason", "worse")
    done = json.loads(desk.said("rollback", NAME, "--reason", "complaints", "--json"))
    assert (done["together"], done["before"]) == ({NAME: "good"}, {NAME: "worse"})
    desk.said("retire", "single@worse", "--reason", "worse")
    assert "retired" in desk.said("list", NAME)
    assert "it was retired" in desk.refused("promote", "single@worse", "--override", "all the same")


def test_a_challenger_is_promoted_beside_the_champion(desk: Desk) -> None:
    told = desk.said("promote", "single@good", "--as", "challenger")
    assert "Note: no route of routes.toml names single@challenger." in told
    assert "-> good" not in desk.said("promote", "single@good", "--as", "challenger")
    assert "serves as single, single@challenger" in desk.said("list", NAME)
    assert "single@good" in desk.said("show", "single@challenger")


def test_versions_are_verified_as_they_lie_in_the_store(desk: Desk) -> None:
    key_id = read_switch(desk.artifacts, NAME)[0].manifest.signature
    assert key_id is not None
    assert f"signed by {key_id.key_id}" in desk.said("verify", "single@good")
    done = desk("verify", NAME)
    assert done.exit_code == 1
    assert "REFUSED  single@unsigned: it is not signed" in done.output
    file = desk.root / "store" / NAME / "versions" / "good" / "validation.npz"
    held = file.read_bytes()
    file.write_bytes(b"\x00" + held[1:])
    assert "validation.npz does not have the digest" in desk("verify", "single@good").output
    file.write_bytes(held)


def test_what_the_switches_say_is_verified_with_a_whole_model(tmp_path: Path) -> None:
    desk = Desk(tmp_path, required=False)
    bank = Bank(desk.artifacts, tmp_path / "cache")
    for version in ("1", "2"):
        bank.publish(version, LEARNT.line(0, 1), name="first")
    done = promote(desk.artifacts, {"first": "1"}, by="ann")
    promote(desk.artifacts, {"first@challenger": "2"}, by="ann")
    assert f"right    first: serves 1, by promotion {done.id}" in desk.said("verify", "first")
    switch = tmp_path / "store" / "first" / "challenger.json"
    switch.write_bytes(switch.read_bytes().replace(b'"by": "ann"', b'"by": 1'))
    told = desk("verify", "first")
    assert told.exit_code == 1
    assert "REFUSED  first@challenger: the switch of first@challenger is unusable" in told.output
    assert "right    first: " in told.output


def test_an_empty_store_and_one_out_of_reach_say_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.said("list", NAME) == f"Nothing is published or promoted of {NAME}.\n"
    assert json.loads(desk.said("list", NAME, "--json")) == {"versions": [], "unfinished": []}
    (tmp_path / "store").rmdir()
    assert desk.refused("list", NAME).startswith("Error: the model store is out of reach: ")


def test_a_card_that_was_changed_in_the_store_is_not_shown(desk: Desk) -> None:
    file = desk.root / "store" / NAME / "versions" / "good" / CARD
    held = file.read_bytes()
    file.write_bytes(held.replace(b"The tests", b"Nobody"))
    assert "card.json does not have the digest" in desk.refused("show", "single@good")
    file.write_bytes(held)


def test_a_private_key_never_lies_over_another_file(desk: Desk) -> None:
    held = (desk.root / "key.pem").read_bytes()
    desk.refused("keygen", desk.root / "key.pem")
    assert (desk.root / "key.pem").read_bytes() == held


@pytest.mark.parametrize(
    "arguments",
    [
        ("promote", "single"),
        ("promote", "Single@1"),
        ("promote", "single@../1"),
        ("promote", "single@1", "single@2"),
        ("promote", "single@1", "--as", "model"),
        ("rollback", "single@@"),
        ("retire", "single@1"),
        ("list", "../single"),
        ("verify", "single@"),
        ("publish", ".", "--name", "../single"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_opened(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    def opened() -> MemoryArtifacts:
        raise AssertionError

    done = CliRunner().invoke(commands(opened, lambda: ROUTES), arguments)
    assert done.exit_code == 2, done.output
    assert "Error: " in done.output


def test_what_others_wrote_into_a_switch_does_not_reach_the_terminal_as_commands(tmp_path: Path) -> None:
    desk = Desk(tmp_path, required=False)
    Bank(desk.artifacts, tmp_path / "cache").publish("1", LEARNT.line(0, 1), name="first")
    promote(desk.artifacts, {"first": "1"}, by="ann\x1b[2J", reason="one\ntwo")
    told = desk.said("show", "first")
    assert "ann [2J  one two" in told
    assert "\x1b" not in told


def test_an_unfinished_promotion_shows(tmp_path: Path) -> None:
    desk = Desk(tmp_path, required=False)
    bank = Bank(desk.artifacts, tmp_path / "cache")
    for name, width in (("first", 2), ("second", 2)):
        bank.publish("1", LEARNT.line(0, 1, width=width), name=name)
    promote(desk.artifacts, {"first": "1", "second": "1"}, by="ann")
    (desk.root / "store" / "second" / "manifest.json").unlink()
    told = desk.said("list")
    assert "of first 1, second 1. Promote the same again, or roll back." in told
    assert "serves as" not in told
    assert "flat files serve" not in told
    (desk.root / "store" / "first" / "manifest.json").write_text("{}")
    (refused,) = [row for row in json.loads(desk.said("list", "first", "--json"))["versions"] if not row["version"]]
    assert refused["state"].startswith("refused: ")


def test_wrong_files_and_keys_are_one_line(tmp_path: Path) -> None:
    desk = Desk(tmp_path, required=False)
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "measured.json").write_text("[]")
    (tmp_path / "no-key").write_text("no key")
    (tmp_path / "no-key").chmod(0o600)
    desk.said("keygen", tmp_path / "key.pem")
    for arguments, message in (
        (("--metrics", tmp_path / "measured.json"), "measured.json: not a JSON object"),
        (("--metrics", tmp_path / "none.json"), "none.json"),
        (("--sign", tmp_path / "no-key"), "no-key: not an unencrypted private key"),
        (("--sign", tmp_path / "key.pem.pub"), "key.pem.pub: is a public key; the private one signs"),
        (("--version", "flat-1"), "flat-"),
    ):
        assert message in desk.refused("publish", folder, "--name", NAME, *arguments)
    (tmp_path / "key.pem.pub").unlink()
    desk.required = True
    assert "no file of public keys is named (TRUSTED_MODEL_KEYS)" in desk.refused("verify")
    assert list((tmp_path / "store").iterdir()) == []
