"""CloudFront's policies: what is in the cache key, what goes to the app, what a browser is told."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudfront as cf

from nextcore.cdn import KEY_HEADERS

# AWS' own policy for files that never change: nothing but the path in the key, gzip and br, a day unless told otherwise.
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
DAY, YEAR = 86_400, 31_536_000
DRAFT_COOKIES = ("__next_preview_data", "__prerender_bypass")


@dataclass(frozen=True)
class Policies:
    """`hashed`, `public`, `uncached`, `image`, `pages` are cache policies."""

    hashed: pulumi.Input[str]
    public: pulumi.Input[str]
    uncached: pulumi.Input[str]
    image: pulumi.Input[str]
    pages: pulumi.Input[str]
    to_app: pulumi.Input[str]
    headers: pulumi.Input[str]


def policies(name: str, content_security_policy: str | None, opts: pulumi.ResourceOptions) -> Policies:
    """All policies of a distribution."""
    # Kept at the edge whatever the object says to browsers (max-age=0): a release purges what it changes.
    public = _cache_policy(f"{name}-public", opts, min_ttl=DAY, default_ttl=DAY)
    image = _cache_policy(f"{name}-image", opts, headers=("accept",), queries=("q", "url", "w"))
    # TTLs are the app's: s-maxage and stale-while-revalidate of ISR. Without either, nothing is kept.
    pages = _cache_policy(f"{name}-pages", opts, headers=KEY_HEADERS, cookies=DRAFT_COOKIES, all_queries=True)
    to_app = cf.OriginRequestPolicy(
        f"{name}-to-app",
        comment="all but Host, which must be the gateway's; the app reads X-Forwarded-Host",
        cookies_config=cf.OriginRequestPolicyCookiesConfigArgs(cookie_behavior="all"),
        headers_config=cf.OriginRequestPolicyHeadersConfigArgs(
            header_behavior="allExcept", headers=cf.OriginRequestPolicyHeadersConfigHeadersArgs(items=["host"])
        ),
        query_strings_config=cf.OriginRequestPolicyQueryStringsConfigArgs(query_string_behavior="all"),
        opts=opts,
    )
    headers = _headers(name, content_security_policy, opts)
    return Policies(CACHING_OPTIMIZED, public.id, CACHING_DISABLED, image.id, pages.id, to_app.id, headers.id)


def _cache_policy(
    name: str,
    opts: pulumi.ResourceOptions,
    *,
    min_ttl: int = 0,
    default_ttl: int = 0,
    headers: tuple[str, ...] = (),
    cookies: tuple[str, ...] = (),
    queries: tuple[str, ...] = (),
    all_queries: bool = False,
) -> cf.CachePolicy:
    listed = "whitelist"
    key = cf.CachePolicyParametersInCacheKeyAndForwardedToOriginArgs(
        enable_accept_encoding_brotli=True,
        enable_accept_encoding_gzip=True,
        headers_config=cf.CachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigArgs(
            header_behavior=listed if headers else "none",
            headers=cf.CachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigHeadersArgs(items=list(headers))
            if headers
            else None,
        ),
        cookies_config=cf.CachePolicyParametersInCacheKeyAndForwardedToOriginCookiesConfigArgs(
            cookie_behavior=listed if cookies else "none",
            cookies=cf.CachePolicyParametersInCacheKeyAndForwardedToOriginCookiesConfigCookiesArgs(items=list(cookies))
            if cookies
            else None,
        ),
        query_strings_config=cf.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigArgs(
            query_string_behavior="all" if all_queries else listed if queries else "none",
            query_strings=cf.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigQueryStringsArgs(
                items=list(queries)
            )
            if queries
            else None,
        ),
    )
    return cf.CachePolicy(
        name,
        min_ttl=min_ttl,
        default_ttl=default_ttl,
        max_ttl=YEAR,
        parameters_in_cache_key_and_forwarded_to_origin=key,
        opts=opts,
    )


def _headers(name: str, content_security_policy: str | None, opts: pulumi.ResourceOptions) -> cf.ResponseHeadersPolicy:
    """As Caddy sends them: an app's own header always wins."""
    security = cf.ResponseHeadersPolicySecurityHeadersConfigArgs(
        content_security_policy=cf.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs(
            content_security_policy=content_security_policy, override=False
        )
        if content_security_policy
        else None,
        content_type_options=cf.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(override=True),
        frame_options=cf.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs(frame_option="SAMEORIGIN", override=False),
        referrer_policy=cf.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs(
            referrer_policy="strict-origin-when-cross-origin", override=False
        ),
        strict_transport_security=cf.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
            access_control_max_age_sec=YEAR, include_subdomains=False, override=False
        ),
    )
    removed = [cf.ResponseHeadersPolicyRemoveHeadersConfigItemArgs(header="x-powered-by")]
    return cf.ResponseHeadersPolicy(
        f"{name}-headers",
        security_headers_config=security,
        remove_headers_config=cf.ResponseHeadersPolicyRemoveHeadersConfigArgs(items=removed),
        opts=opts,
    )
