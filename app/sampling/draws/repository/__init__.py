"""SQL of sampling.

The tables of the packages below are named here where a draw or a queue reads them set-wise: calls and their
recordings make the frame, agents its strata, evaluations tell which assignments are done.
"""
