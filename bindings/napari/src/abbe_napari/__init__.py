"""abbe in napari: widgets that deconvolve and denoise layers, make point spread functions, and assess results.

What is computed is :mod:`abbe`'s; here are the way from layers to its images and back, the fields, and the thread of the work.
"""
