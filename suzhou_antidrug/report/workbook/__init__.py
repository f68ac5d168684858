"""The score card as a workbook whose figures an auditor can recompute.

可重算的考评工作簿：得分、明细、规则均为公式。
"""
