"""The parts of this machine that the coach stands on, each with a check that really tries it."""
