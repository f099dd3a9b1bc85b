"""What both simulated CRMs share: HTTP, TLS, clock, faults, counted calls, and the control port."""
