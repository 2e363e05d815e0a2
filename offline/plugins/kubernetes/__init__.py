"""Stand-in for pulumi-kubernetes' plugin, over the official Kubernetes client and server-side apply."""
