"""Composite indices step by step: prepare, normalise, weigh, aggregate; each step with its choices named.

综合指数：准备、标准化、赋权、汇总，逐步进行，各步选择都写明。
"""
