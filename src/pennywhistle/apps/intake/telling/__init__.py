"""How suppliers hear of their messages: the mailbox's pages, webhooks, and feeds.

`mailbox` and `feed` read; `registering` has the actions; `news` finds what is to be told,
`calling` tells it, within `limits`. Webhooks are at least once: the event's id tells doubles.
"""
