"""Stripe behind the store's port: hosted Checkout, refunds, disputes, warnings, transfers.

docs/running/stripe.md says what an operator sets up, and what was tried against a fake only.
"""
