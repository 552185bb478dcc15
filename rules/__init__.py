"""The built-in rule pack: a folder a technique, a file a rule."""
