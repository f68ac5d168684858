"""Rules of appraisal as a file: scales, weights, vetoes, grades; none of it in code.

考评规则文件：评分办法、权重、一票否决、等次；均不写在代码里。
"""
