"""The dashboards of whoever keeps the house running, as code; what Grafana reads are the JSON files drawn from it."""
