"""One module for each step, in the order of their numbers; a step never changes once it was released."""
