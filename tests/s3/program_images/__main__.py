"""A stack of the two buckets for users' images; its settings come by the environment."""

import json
import os

from components.image_buckets import ImageBuckets
from stacks.api_settings import ImageBucketsSettings

given = json.loads(os.environ["STACK_UNDER_TEST"])
ImageBuckets("images", ImageBucketsSettings.model_validate(given["imageBuckets"]), given["origins"])
