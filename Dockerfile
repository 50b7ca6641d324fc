# Two stages: one that installs the locked requirements, one that has nothing but them and the code.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/qmt
COPY requirements.lock ./
RUN /opt/qmt/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md ./
COPY app ./app
RUN /opt/qmt/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 qmt && install --directory --owner=qmt /data
COPY --from=build /opt/qmt /opt/qmt
COPY migrations /opt/qmt/migrations
ENV PATH=/opt/qmt/bin:$PATH PYTHONUNBUFFERED=1 \
    QMT_HOST=0.0.0.0 QMT_PORT=8000 QMT_DATA_DIR=/data QMT_MIGRATIONS_DIR=/opt/qmt/migrations
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["qmt"]
CMD ["api"]
