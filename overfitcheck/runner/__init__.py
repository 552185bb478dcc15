"""Start a script as a process of its own, pass its output on, and collect the run in a folder."""
