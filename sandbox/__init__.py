"""Simulated CRMs on loopback: the CRM of the demo, of the tests and of rehearsals."""
