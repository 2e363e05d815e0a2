"""The parts of KnativeApp."""
