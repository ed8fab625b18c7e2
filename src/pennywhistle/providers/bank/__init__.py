"""Bank transfer: no provider but the store's own account, its statements, and a person."""
