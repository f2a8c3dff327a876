# pannier as a container image: built from source, then the program alone with the libraries that it loads; no shell.
#   docker build -t pannier .        (podman and buildah: --format docker, or the health check is left out)
#   docker run --rm --read-only --cap-drop=ALL --security-opt no-new-privileges --stop-timeout 20 \
#     -v pannier-run:/run/pannier -v pannier-state:/var/lib/pannier \
#     -e MALTI_URL=… -e MALTI_API_KEY=… -e MALTI_SERVICE_NAME=orders pannier
# --stop-timeout: longer than shutdown.timeout (10s), else what is still being sent is cut off.
# pannier-state: the spool; with a volume of no name what waits there goes with the container.
# Who shares the volume pannier-run and is in group 65532 may send; commands: docker exec NAME pannier status.

FROM debian:bookworm-slim AS build
# A compiler's cache that is mounted at /ccache saves minutes; without one nothing else changes.
ENV CCACHE_DIR=/ccache CCACHE_BASEDIR=/source CCACHE_NOHASHDIR=1
COPY tests/scripts /source/tests/scripts
RUN /source/tests/scripts/install.sh build
COPY . /source
WORKDIR /source
RUN cmake --preset release -DPANNIER_TESTS=OFF \
 && cmake --build build/release --target pannier \
 && strip build/release/daemon/pannier \
 && tests/scripts/image_root.sh build/release/daemon/pannier /image \
 && install -D -m 0644 LICENSE /image/usr/share/doc/pannier/copyright

FROM scratch
COPY --from=build /image /
# SQLite's own temporary files, too, stay where writing is allowed.
ENV PATH=/usr/bin SQLITE_TMPDIR=/var/lib/pannier
USER 65532:65532
VOLUME ["/run/pannier", "/run/pannier-control", "/var/lib/pannier"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s --retries=3 CMD ["/usr/bin/pannier", "health"]
ENTRYPOINT ["/usr/bin/pannier"]
CMD ["run"]
