"""The market: calendar, offer book, ledger, settlement and measures."""
