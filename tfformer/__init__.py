"""tfformer: "Attention Is All You Need" for TensorFlow and Keras 3.

Importing this package imports neither TensorFlow nor Keras; each room
imports what it needs.
"""

__version__ = "0.1.0"
