"""Stand-ins for resource plugins where the Pulumi CLI cannot download them: same tokens, inputs and outputs."""
