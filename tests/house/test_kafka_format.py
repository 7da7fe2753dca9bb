"""A cluster's id is drawn at random: one that begins like an option must format a broker's folder like any other."""

from pathlib import Path

from deploy.house import kafka
from deploy.house.begin import own_state
from deploy.house.jars import fetch_jars
from deploy.house.layout import Folder, Plan, cache_folder

ODD_ID = "-JU6vd8xTEeZ2PKCuNIBUg"


def test_an_id_that_begins_like_an_option_formats_a_broker(tmp_path: Path) -> None:
    folder, plan = Folder(tmp_path), Plan(lasting=False, rooms=())
    (tmp_path / "kafka-cluster-id").write_text(ODD_ID + "\n")
    jars = fetch_jars(cache_folder(own_state()), lambda _: None)
    kafka.prepare(folder, plan, {"kafka": 19092, "kafka-controller": 19093}, "kafka", jars)
    assert kafka.is_formatted(folder, "kafka")
