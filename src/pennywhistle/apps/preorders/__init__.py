"""Pre-orders: money is set aside before a release is out, and pays for it by the till when it is.

`queries.coming_of` says what can be ordered ahead, at which price and for when. `actions` takes and
cancels orders; `work` sells them at their moment by the ordinary checkout, or gives the money back.
"""
