"""Measures this machine: groups of figures, with ratios between things that took turns."""
