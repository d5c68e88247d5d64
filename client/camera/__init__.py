"""Where pictures come from: sources of frames, their health, the thread that reads them."""
