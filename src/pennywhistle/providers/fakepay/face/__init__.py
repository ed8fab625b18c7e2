"""fakepay's Stripe-shaped face: as much of Stripe's HTTP API as the store's adapter speaks.

It answers from fakepay's own state, so that the real `stripe` package is what the adapter is tested
with. Shapes and behavior follow Stripe's public reference (docs.stripe.com/api); what is not there
is refused, and what the adapter does not need is left out.
"""
