"""What is logged while a test of this folder runs is kept for it, and shown to nobody else."""

from tests.chassis.echo.fixtures import told

__all__ = ["told"]
