"""The release of static files."""
