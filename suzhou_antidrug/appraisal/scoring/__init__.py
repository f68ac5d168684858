"""From values to points: curves, exact edges, totals, vetoes, grades.  由数值到分数。"""
