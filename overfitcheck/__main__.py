"""`python -m overfitcheck`: the command line."""

from overfitcheck.cli.main import main

main(prog_name="overfitcheck")
