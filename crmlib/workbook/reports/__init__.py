"""What an instructor sends out of the results of a round: gradebook, feedback pages, class report."""
