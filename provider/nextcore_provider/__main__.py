"""Entry of the plugin process: the engine calls it with its own address."""

import sys

from provider.nextcore_provider.provider import VERSION, NextCoreProvider
from provider.nextcore_provider.server import serve

serve(VERSION, NextCoreProvider(), next((argument for argument in sys.argv[1:] if not argument.startswith("-")), ""))
