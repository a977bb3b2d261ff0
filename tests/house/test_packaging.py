"""Image, compose file, Procfile and workflows: in step with the code and each other, and read by their own linters."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from bootstrap.settings import Settings
from deploy.check_image import last, lineage, stages, variables
from tests.fakes.running import ROOT
from tests.fakes.tools import tool

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = stages(DOCKERFILE)
SERVE = lineage(STAGES, "serve")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
UNIT = (ROOT / "flask-credit-api.service").read_text()
FIELDS = {name.upper() for name in Settings.model_fields}
OTHERS = {"GUNICORN_CMD_ARGS", "MALLOC_ARENA_MAX", "PYTHONDONTWRITEBYTECODE", "PIP_DISABLE_PIP_VERSION_CHECK"} | {
    "PIP_ROOT_USER_ACTION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "MLFLOW_DISABLE_TELEMETRY",
    "API_URL",
}
"""Variables that others than the service read."""
PINNED_IMAGE = re.compile(r"[a-z0-9./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
PINNED_ACTION = re.compile(r"uses: (\./\S+|[\w/-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+)$")


def sources() -> list[str]:
    """What COPY takes from the checkout."""
    instructions = [line for stage in STAGES.values() for line in stage if line[0] == "COPY"]
    return [source for _, words in instructions if "--from" not in words for source in words.split()[:-1]]


def test_what_the_image_copies_is_there_and_no_more_is_sent_to_the_engine() -> None:
    assert [source for source in sources() if not (ROOT / source).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    admitted = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    expected = {"requirements*.txt" if source.startswith("requirements") else source for source in sources()}
    assert admitted == expected


def test_the_image_holds_every_package_of_the_service() -> None:
    rules = (ROOT / "pyproject.toml").read_text()
    listed = re.search(r"root_packages = \[(.*?)\]", rules)
    assert listed
    assert set(re.findall(r'"(\w+)"', listed[1])) <= {source.rstrip("/") for source in sources()}


def test_a_machine_that_serves_has_the_same_versions_as_every_other() -> None:
    first_part = (ROOT / "requirements.txt").read_text().split("\n\n")[0]
    pins = [
        re.findall(r"^[\w\[\]-]+==\S+$", text, re.MULTILINE) for text in (first_part, _text("requirements-serve.txt"))
    ]
    assert pins[0] == pins[1] != []


def test_every_image_and_action_is_pinned() -> None:
    bases = [words.split()[0] for stage in STAGES.values() for name, words in stage if name == "FROM"]
    pulled = [base for base in bases if base not in STAGES]
    pulled += [each["image"] for each in COMPOSE["services"].values() if "build" not in each]
    assert [image for image in pulled if not PINNED_IMAGE.fullmatch(image)] == []
    uses = [line for file in WORKFLOWS for line in re.findall(r"uses: .*$", file.read_text(), re.MULTILINE)]
    assert uses
    assert [line for line in uses if not PINNED_ACTION.fullmatch(line)] == []


def test_no_image_runs_as_root() -> None:
    for image in ("serve", "full", "console", "aws"):
        assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last(lineage(STAGES, image), "USER"))


def test_image_unit_and_procfile_start_the_service_alike() -> None:
    command = 'CMD ["gunicorn", "app:app"]'
    assert command in DOCKERFILE
    assert last(SERVE, "CMD") == command.removeprefix("CMD ")
    assert re.search(r"^ExecStart=\S+/gunicorn app:app$", UNIT, re.MULTILINE)
    procfile = dict(line.split(": ", 1) for line in _text("Procfile").splitlines())
    assert procfile == {"release": "flask --app app db create", "web": "env HOST=0.0.0.0 gunicorn app:app"}


def test_the_image_is_as_careful_as_the_unit() -> None:
    chosen = variables(SERVE)
    of_unit = dict(
        pair.split("=", 1) for line in re.findall(r"^Environment=(.*)$", UNIT, re.MULTILINE) for pair in line.split()
    )
    for name in ("REQUIRE_SIGNED_MODELS", "TRUSTED_MODEL_KEYS", "LABORATORY", "DATA_DIR", "PORT", "MALLOC_ARENA_MAX"):
        assert chosen[name] == of_unit[name]
    assert set(chosen) <= FIELDS | OTHERS
    assert last(SERVE, "VOLUME") == chosen["DATA_DIR"]
    assert last(SERVE, "EXPOSE") == chosen["PORT"]


def test_the_health_check_asks_whether_the_service_is_ready() -> None:
    asked = last(SERVE, "HEALTHCHECK")
    assert "deploy/wait_ready.py" in asked
    assert "deploy/wait_ready.py" in sources()
    assert '"/health/ready"' in _text("deploy/wait_ready.py")


def test_compose_sets_variables_that_the_service_reads_and_opens_ports_to_this_machine_only() -> None:
    for name, service in COMPOSE["services"].items():
        if name != "postgres":
            assert set(service.get("environment", {})) <= FIELDS | OTHERS, name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in COMPOSE["volumes"], name
        for other in service.get("depends_on", {}):
            assert other in COMPOSE["services"], name
            assert set(COMPOSE["services"][other].get("profiles", [])) <= set(service.get("profiles", [])), name
        target = service.get("build", {}).get("target")
        assert target is None or target in STAGES, name


def test_a_job_may_read_the_code_and_only_a_roll_out_may_ask_for_a_role() -> None:
    for file in WORKFLOWS:
        workflow: dict[Any, Any] = yaml.safe_load(file.read_text())
        assert workflow["permissions"] == {"contents": "read"}
        for name, job in workflow["jobs"].items():
            is_roll_out = "roll-out" in (name, str(job.get("uses", "")).rpartition("/")[2].removesuffix(".yml"))
            assert "write" not in job.get("permissions", {}).values() or is_roll_out, name


@pytest.mark.parametrize(
    "command",
    [
        ["hadolint", "Dockerfile"],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)],
        ["check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"],
        ["jactionlint", *map(str, WORKFLOWS)],
        ["shellcheck", "deploy/roll_out.sh"],
    ],
    ids=lambda command: f"{command[0]} {command[-1].rpartition('/')[2]}",
)
def test_a_linter_has_nothing_to_say(command: list[str]) -> None:
    beside = shutil.which(command[0], path=str(Path(sys.executable).parent))
    done = subprocess.run(
        [beside or tool(command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _text(name: str) -> str:
    return (ROOT / name).read_text()
