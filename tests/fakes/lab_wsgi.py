"""The application, whose training jobs are the real ones or, by TEST_JOB, a fake."""

from __future__ import annotations

import os

from app import create_app
from bootstrap import settings
from laboratory import jobs

if module := os.environ.get("TEST_JOB"):
    jobs.COMMAND = ("-m", module)
app = create_app(settings.read())
