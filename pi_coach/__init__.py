"""A hip-hinge coach for a Raspberry Pi."""

__version__ = "0.1.0"
