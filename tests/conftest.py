"""What holds for every test."""

import gc

from hypothesis import HealthCheck, settings

# Whether an example came quickly says something about the machine, not about the rule that it is an example of.
settings.register_profile("frontdesk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("frontdesk")

# What was imported stays; looking through all of it again and again takes a tenth of a run.
gc.freeze()
gc.set_threshold(20_000, 20, 20)
