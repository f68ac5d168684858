"""The same evaluation for many places and several plans, on one process or a cluster.

对许多地区、多份规划作同样的评估，单机或集群皆可。
"""
