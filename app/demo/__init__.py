"""The demo tenant, and the call-centre simulator with planted faults that the demo, tests and benchmarks use."""
