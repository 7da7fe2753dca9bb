"""How an older version of an event becomes the next one: pure, from bytes to bytes, kept for ever.

A row reads: old wire type → function giving (next wire type, next body).
"""

from collections.abc import Callable, Mapping

Upcast = Callable[[bytes], tuple[str, bytes]]

UPCASTS: Mapping[str, Upcast] = {
    # The second version knows one reason more: the case was closed.
    "ba.spis.referral.referral.withdrawn.v1": lambda body: ("ba.spis.referral.referral.withdrawn.v2", body),
}
