"""Pulumi components, one concern a file."""
