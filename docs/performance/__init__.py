"""Writes docs/performance.md from a run of `pi-coach bench --json`."""
