"""Measures how well the coach counts and judges, beside simpler rules, and writes docs/accuracy.md."""
