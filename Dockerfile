# The image holds the executable and what the C library needs, and nothing else: no shell, no package
# manager. Compile the executable first: without it, COPY reports that dist/appservice-mxisd-... is not
# found. Only the base image is downloaded, from gcr.io.
#
#   deno task compile x86_64
#   docker build -t appservice-mxisd .
#   docker build -t appservice-mxisd --platform linux/arm64 --build-arg ARCHITECTURE=aarch64 .
#   docker run -p 8090:8090 -v ./mxisd.yaml:/etc/mxisd/mxisd.yaml:ro -v mxisd:/home/nonroot \
#     appservice-mxisd
#
# The executable needs libgcc_s.so.1, which distroless/base does not have.
FROM gcr.io/distroless/cc-debian12:nonroot

ARG ARCHITECTURE=x86_64
COPY dist/appservice-mxisd-linux-${ARCHITECTURE} /usr/bin/appservice-mxisd

# The database goes where the user of the image may write; keep it in a volume. All else may be
# read-only (--read-only).
ENV STATE_DIRECTORY=/home/nonroot
WORKDIR /home/nonroot
VOLUME ["/home/nonroot"]
# The user nonroot: Kubernetes wants a number to see that it is not root.
USER 65532:65532
EXPOSE 8090

# Images in OCI's format have no health check: with Podman and Buildah, build with --format docker.
HEALTHCHECK --interval=1m --timeout=10s --start-period=1m \
  CMD ["/usr/bin/appservice-mxisd", "health", "--config", "/etc/mxisd/mxisd.yaml"]

ENTRYPOINT ["/usr/bin/appservice-mxisd"]
CMD ["serve", "--config", "/etc/mxisd/mxisd.yaml"]
