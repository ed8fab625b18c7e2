"""A witness as a program: its folder, its one row of state for each log, its door.

It needs neither the store's settings nor a database, and no Django.
"""
