"""The invented room and its topics, for the tests of this folder."""

from tests.chassis.echo.fixtures import echo, processes, template, told, topic

__all__ = ["echo", "processes", "template", "told", "topic"]
