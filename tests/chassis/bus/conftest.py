"""The invented room, for the tests of this folder."""

from tests.chassis.echo.fixtures import echo, template, told

__all__ = ["echo", "template", "told"]
