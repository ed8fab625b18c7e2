"""Play money: a stateful fake provider with its own payment page, for demos and tests.

It stands where a real provider would: the store reaches it through `adapter.py` only, and it
reaches the store only over HTTP (webhooks) and by sending the buyer's browser back. Its tables are
its own; it reads and writes none of the store's.
"""
