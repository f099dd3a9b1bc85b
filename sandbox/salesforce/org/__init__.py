"""How a Salesforce org behaves: saving, deleting, reading, describing, and what follows from each."""
