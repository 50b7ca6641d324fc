"""The demo tenant and the call-centre simulator with planted truths, shared by demo, tests and benchmarks."""
