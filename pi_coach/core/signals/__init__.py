"""Lights, tones and the button."""
