"""Whole servers, runners and people in one simulated world, driven by one seed. `README.md` tells what is proven."""
