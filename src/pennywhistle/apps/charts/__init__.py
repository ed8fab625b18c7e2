"""What is made beforehand to look around by: charts, what is bought together, labels, the shelf."""
