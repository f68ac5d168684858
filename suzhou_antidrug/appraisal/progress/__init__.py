"""Published systems that judge progress to a target, each by its own rule, on the same facts.

公开的目标进展评价办法，各按各的规则，对同一事实。

They show what others would say; what this library concludes stands beside them and follows none of them.
"""
