"""How long each round of `just fuzz` looks in one place: other examples each time, in rounds of a few minutes."""

from hypothesis import settings

settings.register_profile("fuzz", deadline=None, derandomize=False, max_examples=100, print_blob=True)
