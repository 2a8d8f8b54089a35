# syntax=docker/dockerfile:1
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN scripts/container-build.sh /opt/yuebao

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin yuebao \
    && install -d -o yuebao /var/lib/yuebao
COPY --from=build /opt/yuebao /opt/yuebao
COPY --from=build /src/scripts/healthcheck.py /opt/yuebao/healthcheck.py
ENV PATH=/opt/yuebao/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    YUEBAO_HOME=/var/lib/yuebao \
    YUEBAO_HOST=0.0.0.0 \
    YUEBAO_REQUIRE_KEYS=true \
    YUEBAO_PORT=8000
USER 10001
VOLUME /var/lib/yuebao
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "/opt/yuebao/healthcheck.py"]
CMD ["yuebao", "serve"]
