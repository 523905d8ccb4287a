"""`groundswell demo`: the whole system on a real stream, shown live."""
