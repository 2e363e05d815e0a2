"""A stack of nothing but what signs tokens; its settings come by the environment."""

import json
import os

import pulumi

from components.signing import Signing
from stacks.api_settings import AuthSettings

told = json.loads(os.environ["STACK_UNDER_TEST"])
signing = Signing("auth", AuthSettings.model_validate(told["auth"]), told.get("configured"))
pulumi.export("app", signing.app)
pulumi.export("api", signing.api)
