"""Relapse: the rate that officials say cannot be measured, measured as well as it can be.

复吸：常说无法统计的比率，尽其所能地测量。

From counts to cohorts to persons: what is called a relapse rate is declared, never assumed, and what decides which
relapse is seen, the checking, stands beside it.
"""
