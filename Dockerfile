# The service with everything it needs: docker build -t authservice . && docker run -p 8000:8000 authservice
# Any Python from 3.11 on serves as base, with or without the name `python`; it needs the venv module.
ARG BASE=python:3.13-slim


FROM ${BASE} AS build
# Where packages come from, if not from pip's default: --build-arg PIP_INDEX_URL=…
ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIPENV_IGNORE_VIRTUALENVS=1
WORKDIR /build

# Pipenv has an environment of its own, which stays behind in this stage.
COPY tools/pipenv.txt ./
RUN python3 -m venv pipenv && pipenv/bin/pip install -r pipenv.txt
COPY Pipfile Pipfile.lock ./
RUN pipenv/bin/pipenv requirements --hash > requirements.txt
RUN python3 -m venv /opt/authservice \
    && /opt/authservice/bin/pip install --require-hashes --no-deps -r requirements.txt \
    && /opt/authservice/bin/pip uninstall --yes setuptools pip

COPY manage.py /srv/authservice/
COPY accounts /srv/authservice/accounts
COPY authservice /srv/authservice/authservice
# Compiled here, because nobody may write there later; by content, because copying between stages may touch the dates.
# Readable for every user, whatever the umask of the checkout was.
RUN /opt/authservice/bin/python -m compileall -q --invalidation-mode unchecked-hash \
       /opt/authservice/lib /srv/authservice/accounts /srv/authservice/authservice \
    && chmod -R a+rX,go-w /opt/authservice /srv/authservice


FROM ${BASE}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="authservice" \
      org.opencontainers.image.description="The authentication and user service that a fleet of microservices trusts." \
      org.opencontainers.image.version="${VERSION}"
ENV PATH=/opt/authservice/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /srv/authservice
COPY --from=build /opt/authservice /opt/authservice
COPY --from=build /srv/authservice /srv/authservice
# Writable whoever runs it (--user). Not sticky like /tmp: there the kernel may keep even root off others' files.
RUN mkdir var && chmod 0777 var
VOLUME /srv/authservice/var
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-m", "authservice.serving.health"]
ENTRYPOINT ["python", "-m", "authservice", "--host", "0.0.0.0"]
