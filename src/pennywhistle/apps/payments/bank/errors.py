"""Why nothing was done with a bank's file, an entry or an order."""


class BankError(ValueError):
    """Nothing was kept or booked."""

    code = "bank"


class StatementRefusedError(BankError):
    """The file is of another account, or overlaps one of another form; nothing was kept."""

    code = "statement-refused"


class OrderError(BankError):
    """The order is not open, or there is nothing to order."""

    code = "bank-order"


class DecisionError(BankError):
    """What was said of an entry cannot be; nothing was booked."""

    code = "bank-decision"
