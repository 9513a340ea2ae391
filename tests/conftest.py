"""What holds for every test."""

from hypothesis import HealthCheck, settings

# Whether an example came quickly says something about the machine, not about the rule that it is an example of.
settings.register_profile("frontdesk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("frontdesk")
