"""The server's window: everything here may import Tk, and nothing below it does."""
