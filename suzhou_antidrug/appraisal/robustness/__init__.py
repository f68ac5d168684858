"""How far a ranking or an index hangs on choices that another fair person could have made otherwise.

排名或指数在多大程度上取决于另一位公允的人也可作出的不同选择。
"""
