# One image, three commands: aftersales api | worker | migrate. REQUIREMENTS=production-otel.txt adds traces.
FROM python:3.11-slim AS builder
ARG REQUIREMENTS=production.txt
WORKDIR /app
COPY requirements requirements
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/${REQUIREMENTS}
COPY src src
COPY migrations migrations
# Nothing is compiled at run time, where nothing can be written: an import of everything costs seven seconds of CPU otherwise.
RUN python -m compileall -q --invalidation-mode unchecked-hash /venv/lib src migrations

FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/app/src \
    PATH=/venv/bin:$PATH \
    AFTERSALES_HOST=0.0.0.0
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin aftersales
COPY --from=builder /venv /venv
COPY --from=builder /app/src /app/src
COPY --from=builder /app/migrations /app/migrations
WORKDIR /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "aftersales_api"]
CMD ["api"]
