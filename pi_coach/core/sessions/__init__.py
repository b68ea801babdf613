"""A set, and a session from hello to goodbye."""
