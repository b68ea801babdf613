"""The session book: every session, set, rep and cue in one database file."""
