"""Precursors: what was diverted, per what; whether the books balance; when to look; how an enterprise stands.

制毒物品：流失多少、按什么计；账实是否相符；何时该查；企业信用如何。

Tonnes seized are not diversions. A diversion is licensed material that left the legal channel.
"""
