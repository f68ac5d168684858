"""Crime that drugs cause: which cases are meant, what share may be caused, and whether they fell.

毒品引发的其他案件：指哪些案件、多大比例可能由毒品引起、是否下降。

Holding, trafficking and sheltering are the drug system's own offences and not the "other" crime the plan means; cases by
registered users are not cases caused by drugs. A fall in 2020 to 2022 coincides with Covid: without a control series the best
verdict is that it cannot be told.
"""
