"""`runyard run`: the kernel and the runner in one process, with no server and no database between them."""
