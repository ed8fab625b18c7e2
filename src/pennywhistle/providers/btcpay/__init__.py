"""Bitcoin and Lightning through the store's own BTCPay Server, by its Greenfield API."""
