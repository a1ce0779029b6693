"""What `runyard lint` needs around the rules: finding files, printing findings, applying fixes."""
