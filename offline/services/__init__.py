"""Servers that tests and local stacks need beside the program: an S3 server and an image registry, as processes."""
