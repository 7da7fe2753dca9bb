"""How an older version of an event becomes the next one: pure, from bytes to bytes, kept for ever.

Empty until an event gets its second version. A row reads: old wire type → function giving (next wire type, next body).
"""

from collections.abc import Callable, Mapping

Upcast = Callable[[bytes], tuple[str, bytes]]

UPCASTS: Mapping[str, Upcast] = {}
