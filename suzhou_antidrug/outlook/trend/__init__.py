"""How a short series moved: description, never a forecast.

短序列走势的描述，不作预测。
"""
