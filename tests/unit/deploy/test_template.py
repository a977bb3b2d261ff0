"""The CloudFormation template: correct, the same tables as the code makes, and no right too many or too few."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from cfnlint import decode  # type: ignore[import-untyped]
from cfnlint.api import lint_file  # type: ignore[import-untyped]

from db.dynamodb.schema import TIME_TO_LIVE, customers_schema, history_schema
from db.dynamodb.table import DynamoTable
from model_store.artifacts import ArtifactMissing
from model_store.promotion import retire
from model_store.publish import publish_bundle
from model_store.s3 import S3Artifacts
from model_store.versions import versions
from routing.archive import Hold
from routing.ports import Claimed, HistoryQuery, KeyClaim, KeyUse, Write
from tests.fakes.aws import aws_endpoint, checked_dynamodb_client, s3_client
from tests.fakes.bundles import FakeCompiler, model_json
from tests.fakes.records import a_receipt, a_record, an_event, later
from tests.fakes.small_models import publish_small_models

__all__ = ["aws_endpoint"]

TEMPLATE = Path(__file__).parents[3] / "deploy" / "cloudformation.yaml"
NAME = "customers-of-the-template"
ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}

S3_RIGHTS = {"HeadObject": ("s3:GetObject", "objects"), "ListObjectsV2": ("s3:ListBucket", "bucket")}

Rights = set[tuple[str, str]]
"""(action, "customers", "history", "bucket" or "objects")."""


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    template, _ = decode.decode(str(TEMPLATE))
    found: dict[str, Any] = template["Resources"]
    return found


def granted(statements: list[dict[str, Any]]) -> Rights:
    places = {
        r".*:table/\$\{CustomerTableName\}'.*": "customers",
        r".*'History', 'Arn'.*": "history",
        r".*\$\{Models.Arn\}/\*.*": "objects",
        r".*'Models', 'Arn'.*": "bucket",
    }
    rights: Rights = set()
    for statement in statements:
        assert statement["Effect"] == "Allow"
        (place,) = (place for shape, place in places.items() if re.fullmatch(shape, str(statement["Resource"])))
        actions = statement["Action"]
        rights |= {(action, place) for action in ([actions] if isinstance(actions, str) else actions)}
    return rights


def record_calls(client: Any, into: Rights) -> None:
    """Note every action that the client asks for, as IAM calls it."""
    tables = {NAME: "customers", f"{NAME}-history": "history"}

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.service_model.service_name == "s3":
            into.add(S3_RIGHTS.get(model.name, (f"s3:{model.name}", "objects")))
        elif model.name == "TransactWriteItems":
            for each in params["TransactItems"]:
                ((kind, action),) = each.items()
                into.add((f"dynamodb:{ACTIONS[kind]}", tables[action["TableName"]]))
        else:
            for table in params.get("RequestItems", [params.get("TableName")]):
                into.add((f"dynamodb:{model.name}", tables[table]))

    client.meta.events.register("before-parameter-build", note)


def test_the_template_is_correct() -> None:
    assert [str(match) for match in lint_file(TEMPLATE)] == []


@pytest.mark.parametrize(
    ("resource", "schema"), [("Customers", customers_schema(NAME)), ("History", history_schema(NAME))]
)
def test_the_template_declares_the_tables_that_the_code_makes(
    resources: dict[str, Any], resource: str, schema: dict[str, Any]
) -> None:
    declared = resources[resource]["Properties"]
    names = {"Customers": {"Ref": "CustomerTableName"}, "History": {"Fn::Sub": "${CustomerTableName}-history"}}
    assert {part: declared[part] for part in schema} == {**schema, "TableName": names[resource]}
    assert declared.get("TimeToLiveSpecification") == (TIME_TO_LIVE if resource == "History" else None)


@pytest.mark.parametrize("resource", ["Customers", "History"])
def test_a_table_outlives_mistakes(resources: dict[str, Any], resource: str) -> None:
    table = resources[resource]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_service_may_do_to_the_tables_exactly_what_it_does(resources: dict[str, Any], aws_endpoint: str) -> None:
    client, used = checked_dynamodb_client.__wrapped__(aws_endpoint), set[tuple[str, str]]()
    table = DynamoTable(client, NAME)
    table.create()
    record_calls(client, used)
    table.look_up(["CUS1"])
    table.look_up(["CUS1", "CUS2"])
    done, given_back = (
        claim.token for claim in table.claim([KeyUse("1", ""), KeyUse("2", "")]) if type(claim) is Claimed
    )
    newer, older = a_record("CUS1"), a_record("CUS1")
    table.save([Write(older, KeyClaim(KeyUse("1", ""), done))])
    table.save([Write(newer), Write(newer)])
    table.claim([KeyUse("1", "")])
    table.release([KeyClaim(KeyUse("2", ""), given_back)])
    table.history(HistoryQuery("CUS1", 20))
    table.ping()
    table.add([an_event(older), an_event(older)])
    table.find(older.prediction_id)
    assert len(list(table.scan())) == 2
    table.hold("CUS1", Hold("proceedings", "legal", newer.scored_at))
    table.hold("CUS1", None)
    table.erase(a_receipt("CUS1", later(newer)))
    table.dossier("CUS1")
    table.dossier("CUS2")
    (policy,) = resources["ServiceRole"]["Properties"]["Policies"]
    granted_on_tables = {
        right for right in granted(policy["PolicyDocument"]["Statement"]) if right[0].startswith("dynamodb:")
    }
    assert granted_on_tables == used
    assert not any("Delete" in action for action, _ in used)


def test_models_are_read_by_the_service_and_written_by_the_publisher_only(
    resources: dict[str, Any], aws_endpoint: str
) -> None:
    client, read, written = s3_client.__wrapped__(aws_endpoint), set[tuple[str, str]](), set[tuple[str, str]]()
    client.create_bucket(Bucket="models", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    bucket = S3Artifacts(client, "models")
    record_calls(client, written)
    publish_small_models(bucket)
    versions(bucket, "social")
    reading = s3_client.__wrapped__(aws_endpoint)
    record_calls(reading, read)
    with pytest.raises(ArtifactMissing):
        S3Artifacts(reading, "models").read("social/model.pkl", 10)
    S3Artifacts(reading, "models").etag("social/manifest.json")
    told_from_out_of_reach = {("s3:ListBucket", "bucket")}
    (service,) = resources["ServiceRole"]["Properties"]["Policies"]
    service_rights = {each for each in granted(service["PolicyDocument"]["Statement"]) if each[0].startswith("s3:")}
    publisher = resources["Publisher"]["Properties"]["PolicyDocument"]["Statement"]
    assert service_rights == read | told_from_out_of_reach
    assert granted(publisher) == written | told_from_out_of_reach
    assert resources["PublisherRole"]["Properties"]["ManagedPolicyArns"] == [{"Ref": "Publisher"}]
    assert "Policies" not in resources["PublisherRole"]["Properties"]
    assert "ManagedPolicyArns" not in resources["ServiceRole"]["Properties"]


def test_the_bucket_is_closed_to_the_public_and_to_plain_http(resources: dict[str, Any]) -> None:
    bucket = resources["Models"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    statement, _ = resources["ModelsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Principal"]) == ("Deny", "s3:*", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_lets_nobody_write_over_a_version_and_publishing_lives_with_that(
    resources: dict[str, Any], aws_endpoint: str, tmp_path: Path
) -> None:
    _, statement = resources["ModelsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Principal"]) == ("Deny", "s3:PutObject", "*")
    assert statement["Condition"] == {"Null": {"s3:if-none-match": "true"}}
    denied = str(statement["Resource"]["Fn::Sub"]).removeprefix("${Models.Arn}/")
    client, puts = s3_client.__wrapped__(aws_endpoint), list[tuple[str, bool]]()

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name in ("PutObject", "CreateMultipartUpload"):
            puts.append((params["Key"], "IfNoneMatch" in params))

    client.meta.events.register("before-parameter-build", note)
    client.create_bucket(Bucket="guarded", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    bucket = S3Artifacts(client, "guarded")
    publish_small_models(bucket)
    (tmp_path / "model.json").write_bytes(model_json(1.0, 2.0))
    publish_bundle(tmp_path, name="social", version="2", artifacts=bucket, compile_native=FakeCompiler())
    retire(bucket, "social", "2", by="a test", reason="never served")
    of_versions = {key: only_if_new for key, only_if_new in puts if fnmatchcase(key, denied)}
    assert {"social/versions/1/manifest.json", "social/versions/2/retired.json"} <= of_versions.keys()
    assert all(of_versions.values())
    assert "social/manifest.json" not in of_versions
