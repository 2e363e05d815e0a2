"""Images without a Docker daemon or a Dockerfile."""
