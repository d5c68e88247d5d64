"""Measures the face engine on a folder of pictures: data, verification, identification, reports.

`python -m biometrics evaluate DIR` runs it; docs/evaluation.md says how to read what it gives.
"""
