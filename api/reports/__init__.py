"""What is printed and opened: the Five Tables, their workbook, the charts, and the files that leave the house."""
