"""Stand-in for pulumi-aws' resource plugin: the resource types NextCore declares, over boto3, and no more.

Same tokens, same property names, same outputs. A property that is not served here is refused in `check`, never ignored.
"""
