"""The one kind of error that a user is shown."""


class UserError(Exception):
    """Something the user can mend. The message is one line: the file, the reason, the way out."""
