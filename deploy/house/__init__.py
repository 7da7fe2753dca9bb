"""The embedded house: real Kafka, PostgreSQL and Caddy with the rooms, without containers, packages or root."""

from deploy.house.house import House

__all__ = ["House"]
