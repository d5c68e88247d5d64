"""The centre of the grid: listens for checkpoints, recognises, keeps people and events."""
