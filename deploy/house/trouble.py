"""The one error of the house: what is wrong, and what the person in front of it can do. It never carries a secret."""


class Trouble(Exception):
    """Something that stops the house, with the next step for a person."""

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(f"{detail} {remedy}")
        self.detail = detail
        self.remedy = remedy
