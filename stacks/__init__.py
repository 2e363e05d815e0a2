"""Stack configuration: one file an environment, and the model of what may stand in it."""
