"""Wastewater: from a laboratory sheet to a verdict that knows its own error rate.

污水毒情：从实验室数据表到知道自身误判率的评判。

The steps stand in the order in which they are taken, each a small function: measurements, loads, rounds, changes.
"""
