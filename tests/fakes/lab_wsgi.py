"""The application with the paths of training jobs, whose processes are the real ones or, by TEST_JOB, a fake."""

from __future__ import annotations

import os
import sys

from api import train
from api.auth import Guard
from api.limits import AtMost
from app import create_app
from bootstrap import settings
from bootstrap.laboratory import training_jobs

values = settings.read()
jobs = training_jobs(values)
if module := os.environ.get("TEST_JOB"):
    jobs._command = (sys.executable, "-m", module)
app = create_app(values)
app.register_blueprint(train.blueprint(jobs, Guard(), AtMost(4), values.max_lab_body_bytes), name="jobs_under_test")
