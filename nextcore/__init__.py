"""What NextCore knows about apps, images, static files and proxies. Plain Python: nothing here imports Pulumi."""
