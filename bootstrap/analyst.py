"""`python -m bootstrap.analyst TERMS`: what a request worker starts when it is first asked for an analysis."""

from __future__ import annotations

import json
import sys

from bootstrap import services, settings
from laboratory.analysing import Terms, serve
from laboratory.bench import Bench
from laboratory.published import PublishedLabModels


def bench() -> Bench:
    """The stores that the environment names."""
    values = settings.read()
    versions = services.model_versions(values)
    artifacts = services.artifacts(values)
    return Bench(PublishedLabModels(artifacts, versions), services.open_table(values), versions, artifacts)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    serve(Terms(**{**given, "cores": tuple(given["cores"])}), bench)
