"""How much may be given, and how many mails that sends."""

from datetime import timedelta

words_chars_max = 500
name_chars_max = 60
gifts_per_page = 50
# Open gifts of one giver.
open_gifts_max = 500
# Mails that one giver may cause within `mails_counted_over`, and that one address gets: those that
# are too many for an address go out later, and nobody learns of the others.
mails_per_giver_max = 20
mails_per_address_max = 3
mails_counted_over = timedelta(days=1)
# How far ahead the day of sending may be.
sent_within = timedelta(days=366)
# A mail that no server took for so long is given up; the giver has the link all the same.
tried_for = timedelta(days=7)
mails_per_run_max = 200
