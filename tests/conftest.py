"""How properties are searched: the same examples in every run here, new ones where somebody looks for bugs."""

from hypothesis import settings

settings.register_profile("suite", derandomize=True, deadline=None, max_examples=15)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("suite")
