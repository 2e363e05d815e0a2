"""What an app loses whose instances share no cache."""

from __future__ import annotations

from nextcore.payload import NextCorePayload

NAMED = 3  # routes that the warning names


def unshared_warning(payload: NextCorePayload, largest: int) -> str | None:
    """A warning where several instances (`largest`; 0: any number) would each remake pages of their own; else None."""
    remade = [route.path for route in payload.routes if route.kind == "ISR"]
    if largest == 1 or not remade:
        return None
    names = ", ".join(remade[:NAMED]) + (f" and {len(remade) - NAMED} more" if len(remade) > NAMED else "")
    instances = f"up to {largest} instances" if largest else "any number of instances"
    return (
        f"{names}: remade by time (ISR), and {instances} share no cache: each keeps pages of its own, and revalidateTag, "
        "revalidatePath and updateTag reach only the instance that runs them. Next: set nextcore:cache.url to a Redis or "
        "Valkey, or nextcore:knative.scale.maxScale to 1; nextcore:cache.store none leaves it so without this warning"
    )
