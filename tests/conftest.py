"""What holds for every test: properties are tried on the same values each time, however busy the machine is."""

from hypothesis import settings

settings.register_profile("spis", derandomize=True, deadline=None)
settings.load_profile("spis")
