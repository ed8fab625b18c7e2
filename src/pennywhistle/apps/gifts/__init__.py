"""Gifts: music or balance for somebody, by mail or on paper. The money is set aside until then.

Whoever has the secret of a gift may take it. `giving` makes and takes back, `redeeming` hands over:
the money goes to the recipient's balance, and the ordinary checkout sells the item to them.
"""
