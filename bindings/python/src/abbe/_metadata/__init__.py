"""Optics from what files say: facts of one form from OME-XML, ImageJ and plain dictionaries, and what follows from them."""
