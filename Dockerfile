# gpcomments as a service: base install, CPU, no torch, no network at start.
#   docker build -t gpcomments . && docker run --rm -p 8000:8000 gpcomments
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY model model
COPY service service
COPY training training
RUN python -m venv /opt/gpcomments && /opt/gpcomments/bin/pip install --no-cache-dir --no-compile .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home gpcomments
COPY --from=build /opt/gpcomments /opt/gpcomments
ENV PATH=/opt/gpcomments/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 GPCOMMENTS_HOST=0.0.0.0 GPCOMMENTS_PORT=8000
USER gpcomments
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['GPCOMMENTS_PORT']}/readyz\", timeout=2)"]
ENTRYPOINT ["gpcomments"]
CMD ["serve"]
