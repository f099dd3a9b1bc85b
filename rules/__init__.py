"""Pure judgement of deals: no network, no disk, no clock, no CRM word."""
