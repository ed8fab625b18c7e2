"""Wish lists: what somebody would like to have, for themselves or to show others by a link."""
