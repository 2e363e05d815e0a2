"""The CloudFront Function that every request to the app passes: who answers, and whether the answer may be shared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from string import Template

FUNCTION_BYTES = 10_000  # CloudFront's limit is 10 KB

# JavaScript of runtime cloudfront-js-2.0. The path is decoded once, as Next does, before it is compared.
MAIN = Template(
    """import cf from 'cloudfront';

const SHARED = $shared;
const PRIVATE = $private;
$constants
async function handler(event) {
  const request = event.request;
  const headers = request.headers;
  let path = request.uri;
  try {
    path = decodeURIComponent(path);
  } catch (error) {
    return { statusCode: 400, statusDescription: 'Bad Request' };
  }
  delete headers['x-nextcore-alone'];
$lookup  if (headers.host) headers['x-forwarded-host'] = { value: headers.host.value };
  const draft = request.cookies['__prerender_bypass'];
  if (draft || !SHARED.test(path) || PRIVATE.test(path)) {
    headers['x-nextcore-alone'] = { value: event.context.requestId };
  }
  return request;
}
"""
)

LOOKUP = """  if ((request.method === 'GET' || request.method === 'HEAD') && (await isAsset(path))) {
    request.querystring = {}; // S3 gives meaning to names in it
    cf.selectRequestOriginById('assets');
    return request;
  }
"""

IS_ASSET = Template(
    """const DEPTH = $depth;
const store = cf.kvs();

async function isAsset(path) {
  if (await store.exists(path)) return true;
  const parts = path.split('/');
  for (let depth = 1; depth <= DEPTH && depth < parts.length - 1; depth += 1) {
    if (await store.exists(parts.slice(0, depth + 1).join('/') + '/*')) return true;
  }
  return false;
}
"""
)


def routing_function(shared: Sequence[str], private: Sequence[str], keys: Sequence[str] | None) -> str:
    """`shared`, `private`: patterns of whole paths. `keys`: paths and `folder/*` in the key value store, None: no store."""
    constants, lookup = "", ""
    if keys is not None:
        depth = max((key.count("/") - 1 for key in keys if key.endswith("/*")), default=0)
        constants, lookup = IS_ASSET.substitute(depth=depth), LOOKUP
    return MAIN.substitute(shared=_regex(shared), private=_regex(private), constants=constants, lookup=lookup)


def _regex(patterns: Sequence[str]) -> str:
    """A pattern that matches nothing where there are none."""
    inner = "|".join(sorted(set(patterns)))
    return f"new RegExp({json.dumps(f'^(?:{inner})/?$' if patterns else '^$.')})"


def without_prefix(prefix: str) -> str:
    """A function that takes `prefix` off the path."""
    return (
        f"function handler(event) {{\n"
        f"  event.request.uri = event.request.uri.slice({len(prefix)});\n"
        f"  return event.request;\n"
        f"}}\n"
    )
