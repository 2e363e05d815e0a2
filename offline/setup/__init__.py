"""`python3 -m offline.setup`: makes whatever of NextCore's toolchain this machine lacks.

Runs before any virtual environment exists, so it is written against Python 3.11's standard library alone.
"""
