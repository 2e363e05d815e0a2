"""Entry of the plugin process."""

import sys

from pulumi.provider.experimental.server import main

from provider.nextcore_provider.provider import NextCoreProvider

VERSION = "0.1.0"

main(sys.argv[1:], VERSION, NextCoreProvider())
