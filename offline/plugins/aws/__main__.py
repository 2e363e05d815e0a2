"""Entry of the plugin process."""

import sys

from pulumi.provider.experimental.server import main

from offline.plugins.aws.provider import AwsProvider

VERSION = "7.51.1"  # pulumi-aws': the Python SDK pinned in pyproject.toml asks the engine for a plugin of just this one

main(sys.argv[1:], VERSION, AwsProvider())
