"""The names of the accounts for what providers and the bank keep."""


def fee_code(code: str) -> str:
    """The expense account of a provider's fees, and of what it gave back of them."""
    return f"fee:{code}"
