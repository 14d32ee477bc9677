"""Small trained networks that come with the package; ``build.py`` trained them."""
