"""The web page: a process of its own that reads the session book and follows the coach live."""
