"""Draws the dashboards with Grafana's own library: `python -m deploy.grafana.draw` writes the files that Grafana reads.

The same code always gives the same bytes; a test draws them again and compares.
"""

from pathlib import Path

from grafana_foundation_sdk.builders import dashboard, stat, timeseries
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from deploy.grafana.boards import BOARDS
from deploy.grafana.panel import Board, Form, Panel, Query

FOLDER = Path(__file__).parent / "dashboards"
SOURCE = "spis-prometheus"
WIDTH, HEIGHT = 24, 8


def files() -> dict[str, str]:
    """What each file of the folder holds."""
    return {f"{board.uid}.json": drawn(board) for board in BOARDS}


def drawn(board: Board) -> str:
    """One dashboard as Grafana reads it."""
    builder = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.says)
        .tags(["spis"])
        .readonly()
        .refresh("30s")
        .time("now-6h", "now")
        .timezone("browser")
    )
    for title, panels in board.rows:
        builder = builder.with_row(dashboard.Row(title))
        for panel in panels:
            builder = builder.with_panel(_panel(panel, WIDTH // len(panels)))
    return JSONEncoder(sort_keys=True, indent=1).encode(builder.build()) + "\n"


def _panel(panel: Panel, width: int) -> timeseries.Panel | stat.Panel:
    shape: timeseries.Panel | stat.Panel
    match panel.form:
        case Form.NUMBER:
            shape = stat.Panel()
        case Form.BARS:
            shape = timeseries.Panel().fill_opacity(60)
        case Form.LINES:
            shape = timeseries.Panel()
    shape = shape.title(panel.title).description(panel.says).unit(panel.unit).datasource(_source())
    for number, query in enumerate(panel.queries):
        shape = shape.with_target(_target(query, "ABCDEF"[number]))
    return shape.span(width).height(HEIGHT)


def _target(query: Query, ref: str) -> Dataquery:
    return Dataquery().expr(query.expr).legend_format(query.legend).ref_id(ref).datasource(_source())


def _source() -> DataSourceRef:
    return DataSourceRef(type_val="prometheus", uid=SOURCE)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in files().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
