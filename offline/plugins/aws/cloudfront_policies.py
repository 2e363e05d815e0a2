"""aws:cloudfront: OriginAccessControl, CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy."""

from __future__ import annotations

from typing import Any, ClassVar

from offline.plugins.aws.cloudfront import Configured
from offline.plugins.aws.shapes import Codec, Counted, Same, Struct, same


def chosen(name: str, items: str, key: str) -> Struct:
    """`{behavior, <items>: {items: […]}}`, as cookies, headers and query strings have it."""
    inner: dict[str, tuple[str, Codec]] = {"items": ("", Counted())}
    return Struct({f"{name}Behavior": (f"{name[0].upper()}{name[1:]}Behavior", Same()), items: (key, _Items(inner))})


class _Items:
    """`{items: […]}` is CloudFront's {Quantity, Items} itself."""

    def __init__(self, fields: dict[str, tuple[str, Codec]]) -> None:
        self.of = fields["items"][1]

    def write(self, value: Any) -> Any:
        return self.of.write(value["items"])

    def read(self, value: Any) -> Any:
        items = self.of.read(value)
        return {"items": items} if items else None

    def empty(self) -> Any:
        return None


COOKIES = chosen("cookie", "cookies", "Cookies")
HEADERS = chosen("header", "headers", "Headers")
QUERY_STRINGS = chosen("queryString", "queryStrings", "QueryStrings")


class OriginAccessControl(Configured):
    noun, answer, config = "origin_access_control", "OriginAccessControl", "OriginAccessControlConfig"
    name: ClassVar[str | None] = "name"
    shape: ClassVar[Struct] = Struct(
        {
            **same("name", "originAccessControlOriginType", "signingBehavior", "signingProtocol"),
            "description": ("Description", Same("")),
        }
    )


class CachePolicy(Configured):
    noun, answer, config = "cache_policy", "CachePolicy", "CachePolicyConfig"
    name: ClassVar[str | None] = "name"
    shape: ClassVar[Struct] = Struct(
        {
            **same("name", "comment"),
            "minTtl": ("MinTTL", Same()),
            "defaultTtl": ("DefaultTTL", Same()),
            "maxTtl": ("MaxTTL", Same()),
            "parametersInCacheKeyAndForwardedToOrigin": (
                "ParametersInCacheKeyAndForwardedToOrigin",
                Struct(
                    {
                        "enableAcceptEncodingGzip": ("EnableAcceptEncodingGzip", Same(False)),
                        "enableAcceptEncodingBrotli": ("EnableAcceptEncodingBrotli", Same(False)),
                        "cookiesConfig": ("CookiesConfig", COOKIES),
                        "headersConfig": ("HeadersConfig", HEADERS),
                        "queryStringsConfig": ("QueryStringsConfig", QUERY_STRINGS),
                    }
                ),
            ),
        }
    )


class OriginRequestPolicy(Configured):
    noun, answer, config = "origin_request_policy", "OriginRequestPolicy", "OriginRequestPolicyConfig"
    name: ClassVar[str | None] = "name"
    shape: ClassVar[Struct] = Struct(
        {
            **same("name", "comment"),
            "cookiesConfig": ("CookiesConfig", COOKIES),
            "headersConfig": ("HeadersConfig", HEADERS),
            "queryStringsConfig": ("QueryStringsConfig", QUERY_STRINGS),
        }
    )


class ResponseHeadersPolicy(Configured):
    noun, answer, config = "response_headers_policy", "ResponseHeadersPolicy", "ResponseHeadersPolicyConfig"
    name: ClassVar[str | None] = "name"
    shape: ClassVar[Struct] = Struct(
        {
            **same("name", "comment"),
            "securityHeadersConfig": (
                "SecurityHeadersConfig",
                Struct(
                    {
                        "contentSecurityPolicy": (
                            "ContentSecurityPolicy",
                            Struct(same("contentSecurityPolicy", "override")),
                        ),
                        "contentTypeOptions": ("ContentTypeOptions", Struct(same("override"))),
                        "frameOptions": ("FrameOptions", Struct(same("frameOption", "override"))),
                        "referrerPolicy": ("ReferrerPolicy", Struct(same("referrerPolicy", "override"))),
                        "strictTransportSecurity": (
                            "StrictTransportSecurity",
                            Struct(
                                {
                                    **same("includeSubdomains", "preload", "override"),
                                    "accessControlMaxAgeSec": ("AccessControlMaxAgeSec", Same()),
                                }
                            ),
                        ),
                    }
                ),
            ),
            "customHeadersConfig": (
                "CustomHeadersConfig",
                _Items({"items": ("", Counted(Struct(same("header", "value", "override"))))}),
            ),
            "removeHeadersConfig": ("RemoveHeadersConfig", _Items({"items": ("", Counted(Struct(same("header"))))})),
        }
    )
