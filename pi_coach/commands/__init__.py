"""What each command does, once its options are read: nothing heavy is imported before it is needed."""
