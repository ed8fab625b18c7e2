"""What tax offices and buyers are told: each supply, returns, invoices and credit notes."""
