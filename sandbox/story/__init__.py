"""The seeded pipeline: companies, people, deals and touches, before any CRM has given them a shape."""
