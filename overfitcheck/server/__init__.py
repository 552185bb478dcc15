"""The Language Server: findings while typing, fixes and rule pages in an editor."""
