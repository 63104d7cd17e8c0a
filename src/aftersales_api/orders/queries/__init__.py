"""What is asked of orders: dossiers by the batch (`dossiers`), single rows and lists (`reading`), parcels and waiting scans."""
