"""Whoever changes a file knows whom to ask: every rule of CODEOWNERS matches something, and nothing is unowned."""

from tests.architecture.sources import REPOSITORY, ROOMS

RULES = [
    (words[0], words[1:])
    for line in (REPOSITORY / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    if (words := line.split()) and not line.startswith("#")
]


def test_every_rule_names_something_that_exists_and_somebody() -> None:
    assert RULES[0][0] == "*"
    for pattern, owners in RULES:
        assert owners, pattern
        assert pattern == "*" or (REPOSITORY / pattern.strip("/")).exists(), pattern


def test_each_room_and_each_owners_contract_has_an_owner_of_its_own() -> None:
    patterns = dict(RULES)
    owners = {room: patterns[f"/{room}/"][0] for room in ROOMS}
    assert len(set(owners.values())) == len(ROOMS)
    for room in ("intake", "referral", "notifications"):
        assert patterns[f"/services/contracts/{room}.py"][0] == owners[room]
        assert "@spis/data-protection" in patterns[f"/{room}/announcements.py"]
