"""What every lesson may import."""
__version__ = "0.1.0"
