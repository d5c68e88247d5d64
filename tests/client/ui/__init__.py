"""Tests of the checkpoint's window, its dialogs and their parts."""
