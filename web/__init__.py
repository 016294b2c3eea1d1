"""HTTP and the command line in, calls to the product out: one folder per audience."""
