"""The lag of a topic is that of all its partitions, also of one from which nothing is taken."""

from aiokafka import TopicPartition

from services.bus.lag import Lag
from services.telemetry.metrics import LAG_RECORDS, LAG_SECONDS

TOPIC = "invented.lag.v1"
QUICK, SLOW = TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)


def shown() -> tuple[float, float]:
    labels = ("invented", TOPIC)
    return LAG_RECORDS.labels(*labels)._value.get(), LAG_SECONDS.labels(*labels)._value.get()


def test_a_partition_that_has_caught_up_does_not_hide_one_that_has_not() -> None:
    lag = Lag("invented")
    lag.heard(SLOW, until=100.0)
    lag.heard(QUICK, until=190.0)
    lag.show({SLOW: 7, QUICK: 0}, now=200.0)
    assert shown() == (7, 100.0)


def test_the_lag_of_a_held_partition_grows_though_nothing_is_taken_from_it() -> None:
    lag = Lag("invented")
    lag.show({SLOW: 3}, now=200.0)
    lag.show({SLOW: 3}, now=230.0)
    assert shown() == (3, 30.0)


def test_a_topic_that_is_heard_to_its_end_has_no_lag_however_old_its_last_event_is() -> None:
    lag = Lag("invented")
    lag.heard(QUICK, until=1.0)
    lag.show({QUICK: 0}, now=900.0)
    assert shown() == (0, 0.0)
