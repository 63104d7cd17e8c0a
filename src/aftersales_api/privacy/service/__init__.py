"""What is done with requests about somebody's data: taking them, exporting, erasing."""
