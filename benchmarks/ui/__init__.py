"""Measurements that need a window of the program, each in a process of its own."""
