"""Python faces of the resources that provider/ serves. The tokens never change."""

from components.resources.caddy_config import CaddyConfig
from components.resources.image import Image
from components.resources.invalidation import Invalidation
from components.resources.release import Release
from components.resources.s3_release import S3Release

__all__ = ["CaddyConfig", "Image", "Invalidation", "Release", "S3Release"]
