"""How well did each do: what progress systems say on the same facts, side by side.

各单位做得如何：各种进展评价办法对同一事实的说法，并列。
"""
