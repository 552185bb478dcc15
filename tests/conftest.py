"""What holds for all tests: property tests have no deadline, which a busy machine would miss."""

from hypothesis import settings

settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")
