"""`python3 -m offline.cluster up`: Kubernetes with Knative Serving on this machine, from Go modules and Debian packages.

The real programs, no simulation, and no image registry or download site needed. Standard library alone, as set-up.
"""
