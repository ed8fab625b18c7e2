"""Play money: a stateful fake provider with its own payment page, for demos and tests."""
