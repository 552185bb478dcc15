"""Linting the files of a project: which ones, under which configuration, in how many processes."""
