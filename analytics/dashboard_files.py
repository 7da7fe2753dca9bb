"""Reads what the dashboard shows once at start, and refuses one that asks what no indicator answers."""

from pathlib import Path

from analytics.dashboard import Dashboard, dashboard_faults
from analytics.indicator import IndicatorCatalogue
from services.contracts.faults import refuse
from services.contracts.policy import read_file
from services.contracts.policy_wording import shown


def load_dashboard(folder: Path, catalogue: IndicatorCatalogue) -> Dashboard:
    """The dashboard of a policy folder."""
    path = folder / "dashboard" / "dashboard.toml"
    dashboard = read_file(path, Dashboard)
    refuse(dashboard_faults(shown(path), dashboard, catalogue))
    return dashboard
