"""Python faces of the resources that provider/ serves. The tokens never change."""

from components.resources.caddy_config import CaddyConfig
from components.resources.image import Image
from components.resources.release import Release

__all__ = ["CaddyConfig", "Image", "Release"]
