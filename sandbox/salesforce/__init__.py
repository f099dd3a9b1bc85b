"""The simulated Salesforce org: its schema, rows and queries, and the wire that serves them."""
