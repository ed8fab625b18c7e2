"""Stripe's shapes: how its objects, names, units, errors and events look, made of fakepay's state.

Shapes follow Stripe's public reference (docs.stripe.com/api); fields that the store's adapter never
reads are left out.
"""
