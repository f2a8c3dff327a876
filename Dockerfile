# pannier as a container image: built from source, then the binary alone with the libraries that it needs.
#   docker build -t pannier .        (or podman, buildah)
#   docker run --rm -v pannier-run:/run/pannier -e MALTI_URL=… -e MALTI_API_KEY=… -e MALTI_SERVICE_NAME=orders pannier

FROM debian:bookworm-slim AS build
COPY tests/scripts /source/tests/scripts
RUN /source/tests/scripts/install.sh build
COPY . /source
WORKDIR /source
RUN cmake --preset release -DPANNIER_TESTS=OFF \
 && cmake --build build/release --target pannier \
 && strip -o /pannier build/release/daemon/pannier

FROM debian:bookworm-slim
COPY tests/scripts/install.sh tests/scripts/packages.txt /tmp/scripts/
RUN /tmp/scripts/install.sh runtime \
 && rm -rf /tmp/scripts /var/lib/apt/lists/* /var/cache/apt/* \
 && groupadd --gid 65532 pannier \
 && useradd --uid 65532 --gid pannier --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin pannier \
 && install -d -o pannier -g pannier -m 0755 /run/pannier /var/lib/pannier /etc/pannier \
 && install -d -o pannier -g pannier -m 0700 /run/pannier-control
COPY --from=build /pannier /usr/local/bin/pannier
COPY LICENSE /usr/share/doc/pannier/copyright
USER 65532:65532
VOLUME ["/run/pannier", "/var/lib/pannier"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s CMD ["pannier", "health"]
ENTRYPOINT ["pannier"]
CMD ["run"]
