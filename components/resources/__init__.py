"""Python faces of the resources that provider/ serves. The tokens never change."""

from components.resources.caddy_config import CaddyConfig
from components.resources.hook import Hook
from components.resources.image import Image
from components.resources.invalidation import Invalidation
from components.resources.ready import Ready
from components.resources.release import Release
from components.resources.s3_release import S3Release
from components.resources.signing import KeyPair, SigningSecret

__all__ = ["CaddyConfig", "Hook", "Image", "Invalidation", "KeyPair", "Ready", "Release", "S3Release", "SigningSecret"]
