# Images of the credit-scoring service. docs/deployment.md: how they are run, and what of this file was checked.
#
#   docker build .                  serve: request workers for published models; no training framework is in it
#   docker build --target full .    the frameworks, too: training, the laboratory, MLflow, administrators' commands
#   docker build --target console . the pages for people, which speak HTTP to the service
#   docker build --target aws .     an emulator of S3 and DynamoDB, for docker-compose.yml alone
#
# The base is pinned by digest. To renew it, and to see that a digest is the tag's:
#   docker buildx imagetools inspect python:3.11.15-slim-bookworm --format '{{.Manifest.Digest}}'

FROM python:3.11.15-slim-bookworm@sha256:b18992999dbe963a45a8a4da40ac2b1975be1a776d939d098c647482bcad5cba AS base
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# A number, not only a name: an orchestrator that refuses root can see that this is not root.
RUN useradd --system --uid 10001 --home-dir /var/lib/flask-credit-api --shell /usr/sbin/nologin flask-credit-api \
    && install -d -m 0700 -o 10001 -g 10001 /var/lib/flask-credit-api
WORKDIR /app

# ---------------------------------------------------------------- packages, in virtual environments without pip

FROM base AS serve-packages
COPY requirements-serve.txt ./
RUN python -m venv --without-pip /opt/venv \
    && /usr/local/bin/pip --python /opt/venv/bin/python install --no-cache-dir --requirement requirements-serve.txt

FROM serve-packages AS full-packages
# As its installation page names it: PyTorch's package index for CPUs. It keeps 4 GB of CUDA libraries out.
ARG TORCH_INDEX_URL=
COPY requirements.txt requirements-lab.txt ./
RUN if [ -n "$TORCH_INDEX_URL" ]; then \
        /usr/local/bin/pip --python /opt/venv/bin/python install --no-cache-dir --index-url "$TORCH_INDEX_URL" \
            "$(grep '^torch==' requirements.txt)"; \
    fi \
    && /usr/local/bin/pip --python /opt/venv/bin/python install --no-cache-dir \
        --requirement requirements.txt --requirement requirements-lab.txt

FROM base AS console-packages
COPY requirements.txt requirements-console.txt ./
RUN grep -E '^(numpy|pandas|pyarrow)==' requirements.txt >versions.txt \
    && python -m venv --without-pip /opt/venv \
    && /usr/local/bin/pip --python /opt/venv/bin/python install --no-cache-dir \
        --requirement requirements-console.txt --constraint versions.txt

FROM base AS aws-packages
COPY requirements-test.txt ./
RUN python -m venv --without-pip /opt/venv \
    && /usr/local/bin/pip --python /opt/venv/bin/python install --no-cache-dir "$(grep '^moto' requirements-test.txt)"

# ---------------------------------------------------------------- the code: what runs, not what tests it

FROM base AS code
COPY app.py gunicorn.conf.py routes.toml ./
COPY deploy/wait_ready.py deploy/
COPY scoring/ scoring/
COPY routing/ routing/
COPY applications/ applications/
COPY model_store/ model_store/
COPY db/ db/
COPY evaluation/ evaluation/
COPY explanation/ explanation/
COPY monitoring/ monitoring/
COPY laboratory/ laboratory/
COPY bootstrap/ bootstrap/
COPY training/ training/
COPY api/ api/
RUN python -m compileall -q .

FROM base AS runtime
ENV HOST=0.0.0.0 PORT=5000 DATA_DIR=/var/lib/flask-credit-api MALLOC_ARENA_MAX=2
# As the systemd unit: only models that somebody signed whom this machine trusts. Mount their public keys there.
ENV REQUIRE_SIGNED_MODELS=true TRUSTED_MODEL_KEYS=/etc/flask-credit-api/model-keys.pem
USER 10001:10001
# Embedded store, verified copies of models, outbox. It must survive the container while records wait in the outbox.
VOLUME /var/lib/flask-credit-api
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=3 \
    CMD ["sh", "-c", "exec python deploy/wait_ready.py 127.0.0.1 \"$PORT\" 2"]
CMD ["gunicorn", "app:app"]

# ---------------------------------------------------------------- the images; what changes most often comes last

FROM base AS aws
COPY --from=aws-packages /opt/venv /opt/venv
USER 10001:10001
EXPOSE 5000
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:5000/moto-api/', timeout=3)"]
CMD ["moto_server", "--host", "0.0.0.0", "--port", "5000"]

FROM base AS console
COPY --from=console-packages /opt/venv /opt/venv
COPY .streamlit/ .streamlit/
COPY console/ console/
COPY streamlit_app.py ./
USER 10001:10001
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=3)"]
CMD ["streamlit", "run", "streamlit_app.py", "--server.address=0.0.0.0", "--server.port=8501"]

FROM runtime AS full
USER 0
# Debian keeps one version in a release and takes the one before away: a pin here would break, not fix, a build.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
USER 10001:10001
COPY --from=full-packages /opt/venv /opt/venv
COPY --from=code /app /app
ENV LABORATORY=true

FROM runtime AS serve
COPY --from=serve-packages /opt/venv /opt/venv
COPY --from=code /app /app
ENV LABORATORY=false
