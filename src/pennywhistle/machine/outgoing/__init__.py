"""Requests that leave this machine: only to addresses that were looked at, bounded in all ways."""
