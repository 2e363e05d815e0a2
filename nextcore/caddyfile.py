"""The Caddyfile of an app, generated from its payload."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # its models take 0.1 s, which every start of the provider would pay
    from nextcore.payload import NextCorePayload, Redirect

ADMIN = "unix//run/caddy/admin.sock"
CONFIG = "/etc/caddy"
ASSETS = "/srv/assets"
INTERNAL_PATHS = "/_nextcore/* /.nextcore.json"  # health of the app; index of the retained builds

# Next inlines its bootstrap as scripts and styles, so 'unsafe-inline' stays until an app sets a nonce of its own.
DEFAULT_CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob: https:; font-src 'self' data:; connect-src 'self' https: wss:; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'self'; form-action 'self'"
)


@dataclass(frozen=True)
class ReadCache:
    """Answers to anonymous reads of `paths` that Caddy keeps for at most `seconds` (packages/caddy)."""

    paths: tuple[str, ...]
    seconds: int
    drop_cookies: bool = False


@dataclass(frozen=True)
class ApiRoute:
    """`paths` of an app's site that go to the API `name`, as /api/*."""

    name: str
    paths: tuple[str, ...]
    cache: ReadCache | None = None


@dataclass(frozen=True)
class SiteOptions:
    """Where an app is reached. No domain: plain HTTP for any host on `http_port`.

    Where it runs is not in the site: see `live_files`.
    """

    app: str
    domains: tuple[str, ...] = ()
    http_port: int = 80
    content_security_policy: str | None = DEFAULT_CSP
    api: ApiRoute | None = None


MAIN = Template(
    """{
	admin $admin {
		origins caddy
	}
	persist_config off
	metrics
}

import sites/*.caddy
$monitoring"""
)

METRICS = """
http://:{port} {{
	metrics /metrics
}}
"""

# In each site, on a host and in a cluster. `?` sets a header only where the app did not: an app's own policy wins.
LOG_AND_HEADERS = """	log {
		output stdout
		format json
	}
	log_append app $app
	request_header X-Request-Id {http.request.uuid}
	header ?X-Request-Id {http.request.uuid}
	header ?X-Content-Type-Options nosniff
	header ?Referrer-Policy strict-origin-when-cross-origin
	header ?X-Frame-Options SAMEORIGIN
$policy	header -Server
	header -X-Powered-By
"""

SITE = Template(
    "$address {\n"
    + LOG_AND_HEADERS
    + r"""
	# The live version: `<upstream> <folder of its build>`, read at each request, so that traffic moves without a reload
	# (which would close idle connections). Two files, as the daemon replaces one by removing it first.
	map {file.$live_a} {live} {
		~^(.+)$$ $${1}
		default {file.$live_b}
	}
	map {live} {upstream} {build} {
		~^(\S+)\s(\S+) $${1} $${2}
	}

	@internal path $internal
	handle @internal {
		respond 404
	}

$api$redirects	@hashed {
		path $hashed
		file {
			root $root/static
			try_files {path}
		}
	}
	handle @hashed {
		log_append route static
		root * $root/static
		header Cache-Control "public, max-age=31536000, immutable"
		file_server {
			precompressed br gzip
		}
	}
	@gone path $hashed
	handle @gone {
		log_append route static
		header Cache-Control no-store
		respond 404
	}

$uncached	@public {
		method GET HEAD
		file {
			root $root/builds/{build}
			try_files {path}
		}
	}
	handle @public {
		log_append route static
		root * $root/builds/{build}
		header Cache-Control "public, max-age=0, must-revalidate"
		file_server {
			precompressed br gzip
		}
	}

	handle {
$routes		$proxied	}
}
"""
)


# A SYN to a container that is just being restarted is lost, and the kernel sends the next one after a whole second: with
# a longer timeout an app that is back after 0.4 s would be found after 1.1 s. It bounds the look-up of the name as well.
PROXIED = """reverse_proxy {{{upstream}}} {{
{indent}	lb_try_duration 5s
{indent}	lb_try_interval 50ms
{indent}	flush_interval -1
{indent}	transport http {{
{indent}		dial_timeout 250ms
{indent}	}}
{indent}}}
"""

API_ROUTE = Template(
    r"""	map {file.$live_a} {api_live} {
		~^(.+)$$ $${1}
		default {file.$live_b}
	}
	map {api_live} {api_upstream} {
		~^(\S+) $${1}
	}
	@api path $paths
	handle @api {
		log_append route go
		$cache$proxied	}

"""
)

# The first address is inside the containers' network only: its port is not published. The app's server uses it.
API_SITE = Template(
    r"""$addresses {
	log {
		output stdout
		format json
	}
	log_append app $name
	log_append route go
	request_header X-Request-Id {http.request.uuid}
	header ?X-Request-Id {http.request.uuid}
	header ?X-Content-Type-Options nosniff
	header -Server
	map {file.$live_a} {live} {
		~^(.+)$$ $${1}
		default {file.$live_b}
	}
	map {live} {upstream} {
		~^(\S+) $${1}
	}
	$cache$proxied}
"""
)


def read_cache(cache: ReadCache | None, indent: str, conditions: str = "", key: str = "") -> str:
    """The directive, for a place before `reverse_proxy`. `key`: what else tells answers apart."""
    if cache is None:
        return ""
    options = [f"ttl {cache.seconds}s", *(["drop_cookies"] if cache.drop_cookies else []), *([f"key {key}"] if key else [])]
    matched = [f"path {' '.join(cache.paths)}", *([conditions] if conditions else [])]
    blocks = (("@kept", matched), ("read_cache @kept", options))
    return "".join(
        f"{head} {{\n" + "".join(f"{indent}\t{line}\n" for line in lines) + f"{indent}}}\n{indent}" for head, lines in blocks
    )


def render_api_site(
    name: str,
    internal_port: int,
    host: str | None = None,
    http_port: int | None = None,
    cache: ReadCache | None = None,
) -> str:
    """The site of an API, for sites/<name>.caddy. `host`: a name of its own, by HTTPS unless `http_port` is given.

    `cache` is that host's: the app's own server, on the internal port, always asks the API.
    """
    addresses = [f"http://:{internal_port}"]
    if host:
        addresses.append(f"http://{host}:{http_port}" if http_port else host)
    live_a, live_b = (f"{CONFIG}/{file}" for file in live_files(name))
    proxied = PROXIED.format(upstream="upstream", indent="\t")
    kept = read_cache(cache if host else None, "\t", f"host {host}", "{upstream}")
    return API_SITE.substitute(
        addresses=", ".join(addresses), name=name, live_a=live_a, live_b=live_b, cache=kept, proxied=proxied
    )


def _api_route(api: ApiRoute | None) -> str:
    if api is None:
        return ""
    live_a, live_b = (f"{CONFIG}/{file}" for file in live_files(api.name))
    proxied = PROXIED.format(upstream="api_upstream", indent="\t\t")
    kept = read_cache(api.cache, "\t\t", key="{api_upstream}")
    return API_ROUTE.substitute(live_a=live_a, live_b=live_b, paths=" ".join(api.paths), cache=kept, proxied=proxied)


def render_main(metrics_port: int | None = None) -> str:
    """The Caddyfile that all apps of one proxy share. The admin socket is in it, or a rejected config would lose it."""
    return MAIN.substitute(admin=ADMIN, monitoring=METRICS.format(port=metrics_port) if metrics_port else "")


def live_files(app: str) -> tuple[str, str]:
    """The two files that name an app's live version, below CONFIG. The second is written first."""
    return f"live/{app}.a", f"live/{app}.b"


def live_text(upstream: str, mark: str) -> str:
    """What stands in them: `upstream` is host:port, `mark` the folder of the build's public files."""
    return f"{upstream} {mark}"


def render_site(payload: NextCorePayload, options: SiteOptions) -> str:
    """The site of one app, for sites/<app>.caddy."""
    base = payload.app.base_path
    policy = options.content_security_policy
    live_a, live_b = (f"{CONFIG}/{name}" for name in live_files(options.app))
    return SITE.substitute(
        address=", ".join(options.domains) if options.domains else f"http://:{options.http_port}",
        app=options.app,
        policy=f"\theader ?Content-Security-Policy {quoted(policy)}\n" if policy else "",
        internal=INTERNAL_PATHS,
        api=_api_route(options.api),
        redirects="".join(plain_redirects(payload.redirects, base)),
        hashed=f"{base}/_next/static/*",
        root=f"{ASSETS}/{options.app}",
        uncached=_uncached(payload, f"{ASSETS}/{options.app}"),
        routes="".join(route_kinds(payload)),
        proxied=PROXIED.format(upstream="upstream", indent="\t\t"),
        live_a=live_a,
        live_b=live_b,
    )


def quoted(text: str) -> str:
    """One token of a Caddyfile."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


PLAIN_PATH = re.compile(r"/[\w\-./~%]*")


def plain_redirects(redirects: Iterable[Redirect], base: str) -> Iterable[str]:
    """Redirects from one fixed path to another need no app. All else (patterns, conditions, locales) is Next's.

    One that stands behind such a pattern might be shadowed by it, so the first that is not plain ends the list.
    """
    for number, redirect in enumerate(r for r in redirects if not r.internal):
        plain = PLAIN_PATH.fullmatch(redirect.source) and PLAIN_PATH.fullmatch(redirect.destination)
        if not plain or redirect.has or redirect.missing:
            return
        source = redirect.source if redirect.source.startswith(base) else base + redirect.source
        name = f"redirect{number}"
        # path_regexp, as Caddy's path ignores case and Next's does not; the query is kept, as Next keeps it.
        yield (
            f"\t@{name} path_regexp ^{re.escape(source)}/?$\n"
            f"\thandle @{name} {{\n\t\tlog_append route redirect\n"
            f'\t\t@query{number} expression `{{http.request.uri.query}} != ""`\n'
            f"\t\tredir @query{number} {redirect.destination}?{{query}} {redirect.status_code}\n"
            f"\t\tredir {redirect.destination} {redirect.status_code}\n\t}}\n\n"
        )


def _uncached(payload: NextCorePayload, root: str) -> str:
    """Files that nobody may keep, a service worker above all: a kept one holds its visitors at its build."""
    from nextcore.payload import NO_STORE

    paths = sorted(asset.path for asset in payload.assets if asset.cache_control == NO_STORE)
    if not paths:
        return ""
    return (
        f"\t@uncached path {' '.join(quoted(path) for path in paths)}\n\thandle @uncached {{\n\t\tlog_append route static\n"
        f"\t\troot * {root}/builds/{{build}}\n\t\theader Cache-Control no-store\n"
        "\t\tfile_server {\n\t\t\tprecompressed br gzip\n\t\t}\n\t}\n\n"
    )


def route_kinds(payload: NextCorePayload) -> Iterable[str]:
    """Names the kind of route in the access log. What middleware may touch is told as such, even where it is static."""
    kinds: dict[str, list[str]] = {"API": [], "SSG": [], "ISR": [], "SSR": []}
    for route in payload.routes:
        pattern = payload.app.base_path + path_pattern(route.path)
        kinds[route.kind].append(pattern)
    for kind, patterns in kinds.items():
        if patterns:
            name = f"kind{kind}"
            alternatives = "|".join(sorted(set(patterns)))
            yield f"\t\t@{name} path_regexp ^(?:{alternatives})/?$\n\t\tlog_append @{name} route {kind}\n"
    if payload.middleware:
        patterns = [matcher.regex for matcher in payload.middleware.matchers if is_re2(matcher.regex)]
        if patterns and len(patterns) == len(payload.middleware.matchers):
            alternatives = "|".join(f"(?:{pattern})" for pattern in patterns)
            yield f'\t\t@middleware path_regexp "{alternatives}"\n\t\tlog_append @middleware middleware true\n'
        else:
            yield "\t\tlog_append middleware true\n"  # a pattern that Go cannot read: take it to match all


def path_pattern(path: str) -> str:
    """/blog/[slug] -> /blog/[^/]+ ; [...all] and [[...all]] take the rest. Safe for RE2, unlike Next's own regex."""
    if path == "/":
        return ""
    parts = []
    for part in path.strip("/").split("/"):
        if part.startswith("[[..."):
            parts.append("(?:/.*)?")
        elif part.startswith("[..."):
            parts.append("/.+")
        elif part.startswith("["):
            parts.append("/[^/]+")
        else:
            parts.append(f"/{re.escape(part)}")
    return "".join(parts)


def is_re2(pattern: str) -> bool:
    """Whether Go's regular expressions can take a JavaScript one: no look-around, no back references."""
    return not re.search(r"\(\?[=!<]|\\[1-9]", pattern)
