"""The kinds of interventions, one a file: what is asked, how it is said, how it is carried out."""
