"""Fakes that obey the real rules, for tests and demonstrations."""
