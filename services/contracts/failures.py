"""The ways to go wrong that everybody names alike; anything else is a bug of ours."""


class Refused(Exception):
    """The rules say no: nothing happened, and asking again changes nothing."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Malformed(Exception):
    """What arrived is not what the contract promises."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Unavailable(Exception):
    """The world is not ready: wait and try again, without end."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class TokenRefused(Exception):
    """A token that proves nothing; `code` is token_missing, token_expired or token_invalid."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AccountUnknown(Exception):
    """The directory has no such account, or it or its institution is no longer active."""
