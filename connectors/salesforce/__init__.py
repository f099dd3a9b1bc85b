"""The Salesforce connector: simple-salesforce as transport, everything else here."""
