"""Managed tasks and earlier episodes: what the CRM and the ledger know of what was asked before."""
